// A reporter for `node --test`: what fails, and how many there were.
export default async function* quiet(source) {
  for await (const { type, data } of source) {
    if (type === "test:diagnostic" && /^(tests|pass|fail|skipped|NOT TESTED)/.test(data.message))
      yield `${data.message}\n`
    if (type === "test:stderr") yield data.message
    if (type === "test:fail" && data.details.error.failureType !== "subtestsFailed") {
      const { cause, message } = data.details.error
      yield `FAILED: ${data.name}\n${cause?.stack ?? message}\n\n`
    }
  }
}
