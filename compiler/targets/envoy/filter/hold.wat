;; Keeps the headers of a stream back until its content begins, so that an overloaded error before it can still be followed,
;; and the timer of the first token runs until then. (Lua cannot: Envoy passes headers on as soon as a script waits for a
;; piece of a body.) proxy-wasm, ABI 0.2.1. `hold.wasm` is this file, compiled; tests/gateways compares them.
(module
  ;; (map, key, its size, where to put the value's address, and its size)
  (import "env" "proxy_get_header_map_value" (func $header (param i32 i32 i32 i32 i32) (result i32)))
  ;; (map, key, its size, value, its size)
  (import "env" "proxy_add_header_map_value" (func $add_header (param i32 i32 i32 i32 i32) (result i32)))
  ;; (buffer, start, most, where to put the address, and the size)
  (import "env" "proxy_get_buffer_bytes" (func $body (param i32 i32 i32 i32 i32) (result i32)))

  (memory (export "memory") 22)
  (data (i32.const 0) ":status")
  (data (i32.const 16) "content-type")
  (data (i32.const 32) "text/event-stream")
  (data (i32.const 64) "content_block_start")
  (data (i32.const 96) "message_delta")
  (data (i32.const 112) "message_stop")
  (data (i32.const 128) "event: error")
  (data (i32.const 144) "event:error")
  (data (i32.const 160) "overloaded_error")
  (data (i32.const 192) "x-interlock-began")
  (data (i32.const 224) "overloaded")
  (data (i32.const 236) "200")
  (data (i32.const 256) "x-interlock-hold")
  (global $address i32 (i32.const 240)) ;; where the host puts an address and a size
  (global $size i32 (i32.const 244))
  (global $room i32 (i32.const 1024)) ;; where it puts bytes, one answer at a time
  (global $most i32 (i32.const 262144)) ;; no stream says so little in so much

  ;; A byte for each of the last 2^20 streams: 1 if its headers are to be kept back, or are.
  (global $held i32 (i32.const 327680))

  (func $place (param $context i32) (result i32)
    (i32.add (global.get $held) (i32.and (local.get $context) (i32.const 0xfffff))))

  (func (export "proxy_abi_version_0_2_1"))
  (func (export "proxy_on_memory_allocate") (param i32) (result i32) (global.get $room))
  (func (export "proxy_on_context_create") (param i32 i32))
  (func (export "proxy_on_vm_start") (param i32 i32) (result i32) (i32.const 1))
  (func (export "proxy_on_configure") (param i32 i32) (result i32) (i32.const 1))

  ;; Whether the bytes from $at, before $end, begin with a word.
  (func $begins (param $at i32) (param $end i32) (param $word i32) (param $length i32) (result i32)
    (local $i i32)
    (if (i32.gt_u (i32.add (local.get $at) (local.get $length)) (local.get $end)) (then (return (i32.const 0))))
    (loop $next
      (if (i32.eq (local.get $i) (local.get $length)) (then (return (i32.const 1))))
      (if (i32.ne
            (i32.load8_u (i32.add (local.get $at) (local.get $i)))
            (i32.load8_u (i32.add (local.get $word) (local.get $i))))
        (then (return (i32.const 0))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br $next))
    (unreachable))

  ;; What the event of an error is that begins at $at: 0 if its end is not there yet, 1 overloaded, 2 another one.
  (func $error (param $at i32) (param $end i32) (result i32)
    (local $kind i32)
    (local.set $kind (i32.const 2))
    (loop $next
      (if (i32.ge_u (local.get $at) (local.get $end)) (then (return (i32.const 0))))
      (if (call $begins (local.get $at) (local.get $end) (i32.const 160) (i32.const 16))
        (then (local.set $kind (i32.const 1))))
      (if (i32.eq (i32.load8_u (local.get $at)) (i32.const 10)) ;; an empty line: \n\n or \n\r
        (then
          (if (i32.ge_u (i32.add (local.get $at) (i32.const 1)) (local.get $end)) (then (return (i32.const 0))))
          (if (i32.or
                (i32.eq (i32.load8_u offset=1 (local.get $at)) (i32.const 10))
                (i32.eq (i32.load8_u offset=1 (local.get $at)) (i32.const 13)))
            (then (return (local.get $kind))))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br $next))
    (unreachable))

  ;; What has begun: 0 nothing yet, 1 an overloaded error, 2 content or another error.
  (func $begun (param $at i32) (param $end i32) (result i32)
    (loop $next
      (if (i32.ge_u (local.get $at) (local.get $end)) (then (return (i32.const 0))))
      (if (i32.or
            (i32.or
              (call $begins (local.get $at) (local.get $end) (i32.const 64) (i32.const 19))
              (call $begins (local.get $at) (local.get $end) (i32.const 96) (i32.const 13)))
            (call $begins (local.get $at) (local.get $end) (i32.const 112) (i32.const 12)))
        (then (return (i32.const 2))))
      (if (i32.or
            (call $begins (local.get $at) (local.get $end) (i32.const 128) (i32.const 12))
            (call $begins (local.get $at) (local.get $end) (i32.const 144) (i32.const 11)))
        (then (return (call $error (local.get $at) (local.get $end)))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br $next))
    (unreachable))

  ;; Whether the value of a header of a map (0 the request's, 2 the response's) begins with a word.
  (func $has
    (param $map i32) (param $key i32) (param $length i32) (param $word i32) (param $size_of_word i32) (result i32)
    (if (call $header (local.get $map) (local.get $key) (local.get $length) (global.get $address) (global.get $size))
      (then (return (i32.const 0))))
    (call $begins
      (i32.load (global.get $address))
      (i32.add (i32.load (global.get $address)) (i32.load (global.get $size)))
      (local.get $word) (local.get $size_of_word)))

  ;; Notes whether the walk wants the stream kept back.
  (func (export "proxy_on_request_headers") (param $context i32) (param $count i32) (param $ends i32) (result i32)
    (i32.store8
      (call $place (local.get $context))
      (call $has (i32.const 0) (i32.const 256) (i32.const 16) (i32.const 0) (i32.const 0)))
    (i32.const 0))

  ;; 1 keeps the headers of a stream back, 0 passes them on.
  (func (export "proxy_on_response_headers") (param $context i32) (param $count i32) (param $ends i32) (result i32)
    (local $is_held i32)
    (local.set $is_held
      (i32.and
        (i32.and (i32.load8_u (call $place (local.get $context))) (i32.eqz (local.get $ends)))
        (i32.and
          (call $has (i32.const 2) (i32.const 0) (i32.const 7) (i32.const 236) (i32.const 3))
          (call $has (i32.const 2) (i32.const 16) (i32.const 12) (i32.const 32) (i32.const 17)))))
    (i32.store8 (call $place (local.get $context)) (local.get $is_held))
    (local.get $is_held))

  ;; 1 keeps what is there of the body, and the headers; 0 passes all on, and what comes after it.
  (func (export "proxy_on_response_body") (param $context i32) (param $length i32) (param $ends i32) (result i32)
    (local $what i32)
    (if (i32.eqz (i32.load8_u (call $place (local.get $context)))) (then (return (i32.const 0))))
    (if (i32.gt_u (local.get $length) (global.get $most))
      (then (local.set $what (i32.const 2)))
      (else
        (if (call $body (i32.const 1) (i32.const 0) (local.get $length) (global.get $address) (global.get $size))
          (then (local.set $what (i32.const 0))) ;; nothing is there yet
          (else
            (local.set $what
              (call $begun
                (i32.load (global.get $address))
                (i32.add (i32.load (global.get $address)) (i32.load (global.get $size)))))))))
    (if (i32.eq (local.get $what) (i32.const 1))
      (then
        (drop (call $add_header (i32.const 2) (i32.const 192) (i32.const 17) (i32.const 224) (i32.const 10)))))
    (if (i32.or (local.get $what) (local.get $ends))
      (then
        (i32.store8 (call $place (local.get $context)) (i32.const 0))
        (return (i32.const 0))))
    (i32.const 1)))
