# Sourced by run and bench. build NAME makes .build/NAME of cmd/NAME if that is older than a source.
build() {
    command -v go >/dev/null || { echo "Go 1.22 or newer is needed" >&2; return 1; }
    mkdir -p "$here/.build"
    if [ ! -x "$here/.build/$1" ] || [ -n "$(find "$here" -name '*.go' -newer "$here/.build/$1" | head -n 1)" ]; then
        # Into a name of its own, and then moved: two may build at once.
        (cd "$here" && go build -buildvcs=false -o ".build/$1.$$" "./cmd/$1") >&2 && mv "$here/.build/$1.$$" "$here/.build/$1"
    fi
}
