/** Reading a request's members by name. What an object has from its prototype it was not given. */

const own = Object.prototype.hasOwnProperty
const ROOT = Object.prototype as unknown as { readonly [name: string]: unknown }

type Members = { readonly [name: string]: unknown }

/** A member; undefined where the object has none of this name. */
export function memberOf(request: Members, name: string): unknown {
  return own.call(request, name) ? request[name] : undefined
}

/** The same; `place` is the attribute's, or -1 if the object's prototype is neither `Object.prototype` nor null. That
 * prototype has few members, so that asking it first is enough. Each place has a read of its own, which engines make
 * quick as the name in it is always the same (of one table: with several it is a lookup like any other). */
export function memberAt(request: Members, name: string, place: number): unknown {
  switch (place) {
    case 0: {
      const found = request[name]
      return found === undefined || ROOT[name] === undefined ? found : memberOf(request, name)
    }
    case 1: {
      const found = request[name]
      return found === undefined || ROOT[name] === undefined ? found : memberOf(request, name)
    }
    case 2: {
      const found = request[name]
      return found === undefined || ROOT[name] === undefined ? found : memberOf(request, name)
    }
    case 3: {
      const found = request[name]
      return found === undefined || ROOT[name] === undefined ? found : memberOf(request, name)
    }
    case 4: {
      const found = request[name]
      return found === undefined || ROOT[name] === undefined ? found : memberOf(request, name)
    }
    case 5: {
      const found = request[name]
      return found === undefined || ROOT[name] === undefined ? found : memberOf(request, name)
    }
    case 6: {
      const found = request[name]
      return found === undefined || ROOT[name] === undefined ? found : memberOf(request, name)
    }
    case 7: {
      const found = request[name]
      return found === undefined || ROOT[name] === undefined ? found : memberOf(request, name)
    }
    case 8: {
      const found = request[name]
      return found === undefined || ROOT[name] === undefined ? found : memberOf(request, name)
    }
    case 9: {
      const found = request[name]
      return found === undefined || ROOT[name] === undefined ? found : memberOf(request, name)
    }
    case 10: {
      const found = request[name]
      return found === undefined || ROOT[name] === undefined ? found : memberOf(request, name)
    }
    case 11: {
      const found = request[name]
      return found === undefined || ROOT[name] === undefined ? found : memberOf(request, name)
    }
    default:
      return memberOf(request, name)
  }
}
