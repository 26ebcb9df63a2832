"""Loading: the main file and every module it imports, parsed, in an order in which imports come first."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from interlock.dsl import syntax
from interlock.dsl.finding import Finding, Related
from interlock.dsl.findings.import_failed import import_failed
from interlock.dsl.findings.limit_exceeded import limit_exceeded
from interlock.dsl.findings.syntax_error import syntax_error
from interlock.dsl.limits import MAX_FILE_BYTES, MAX_IMPORTS
from interlock.dsl.load_models import model_facts, undeclared
from interlock.dsl.nearest import nearest
from interlock.dsl.parse import parse
from interlock.dsl.record import record
from interlock.dsl.source import Source, Span

_STD = "std/"
_MODELS = "std/models.route"


class Unreadable(Exception):
    """The file that was asked for cannot be read; the message is for people."""


@record
class Program:
    """``modules`` holds every file once, imports before importers, the main file last. Without ``complete``
    some import could not be read: nobody knows what it declares.

    Models that are named, but declared nowhere, come from the file of model facts where ``std/models`` is imported, in
    a module of their own. Where some are still missing ``known_models`` are the names of that file: of use if
    ``imports_models``, else to say what an import would be good for."""

    main: syntax.Module
    modules: tuple[syntax.Module, ...]
    findings: tuple[Finding, ...]
    complete: bool
    known_models: tuple[str, ...] = ()
    imports_models: bool = True


@record
class Files:
    """Where files are read from: ``real`` gives all names of one file the same form, ``read`` gives what is in a file,
    at least one byte more than MAX_FILE_BYTES if there is more. Both may raise ``OSError`` and ``ValueError``."""

    real: Callable[[str], str]
    read: Callable[[str], bytes]


def read_bytes(path: str) -> bytes:
    """The bytes of a file on the disk. Raises ``OSError`` and ``ValueError``."""
    with open(path, "rb") as file:
        # One byte more than allowed is enough to know; a device or a huge file is never read whole.
        return file.read(MAX_FILE_BYTES + 1)


DISK = Files(os.path.realpath, read_bytes)


@dataclass(slots=True)
class _Loader:
    root: str
    files: Files
    modules: list[syntax.Module] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    # Real path -> the import that is under way (None once it is loaded): finds cycles and repeats.
    seen: dict[str, Span | None] = field(default_factory=dict)
    complete: bool = True
    full: bool = False


def load(
    file: str, *, root: str | None = None, text: str | None = None, models: str | None = None, files: Files = DISK
) -> Program:
    """Load and parse ``file`` and what it imports.

    ``root`` is the folder no import may leave (default: the file's own). With ``text``, ``file`` is only
    the name to show, and the root defaults to the current folder. ``models`` is the file of model facts (default: the
    one that ships), ``files`` where everything is read from (default: the disk). Raises ``Unreadable``.
    """
    home = root or (os.curdir if text is not None else os.path.dirname(file) or os.curdir)
    loader = _Loader(files.real(home), files)
    real = files.real(file)
    if text is None:
        try:
            data = files.read(file)
        except (OSError, ValueError) as error:
            raise Unreadable(f"cannot read `{file}`: {_reason(error)}") from error
    else:
        data = text.encode("utf-8", "surrogateescape")
    source = _decode(data, file, _key(real, loader.root) if text is None else file, loader.findings)
    main, findings = parse(source)
    loader.findings.extend(findings)
    loader.seen[real] = Span(source, 0, 0)
    _load_imports(loader, main, os.path.dirname(real), os.path.dirname(file))
    loader.modules.append(main)
    if loader.complete and (named := undeclared(loader.modules)):
        from interlock.dsl.model_data import BadModels  # most policies declare what they name

        imported = os.path.join(_library(), _MODELS) in loader.seen
        try:
            found, left = model_facts(named, imported, models)
        except BadModels as error:
            raise Unreadable(str(error)) from error
        modules = ((found,) if found else ()) + tuple(loader.modules)
        return Program(main, modules, tuple(loader.findings), True, left, imported)
    return Program(main, tuple(loader.modules), tuple(loader.findings), loader.complete)


def _load_imports(loader: _Loader, module: syntax.Module, folder: str, shown_folder: str) -> None:
    # Depth is bounded: each level loads a new file, and MAX_IMPORTS stops that.
    for declaration in module.declarations:
        if isinstance(declaration, syntax.Import):
            _load_import(loader, declaration.path, folder, shown_folder)


def _load_import(loader: _Loader, path: syntax.Str, folder: str, shown_folder: str) -> None:
    written = path.text
    if not written.startswith((_STD, "./", "../")):
        beside = posixpath.basename(written)
        help_ = f'write `"./{beside}"` for a file beside this one' if beside else "name a file"
        if os.path.exists(os.path.join(_library(), _STD, beside + ".route")):
            help_ = f'did you mean `"std/{beside}"`?'
        _fail(loader, path, "a path starts with `std/`, `./` or `../`", help_)
        return
    name = written if written.endswith(".route") else written + ".route"
    if written.startswith(_STD):
        library = _library()
        real, shown, key = os.path.realpath(os.path.join(library, name)), name, name
        inside = real.startswith(os.path.join(library, "std") + os.sep)
    else:
        real = loader.files.real(os.path.join(folder, name))
        shown = os.path.normpath(os.path.join(shown_folder, name))
        key = _key(real, loader.root)
        # Modules of the standard library import their neighbours; those are inside by nature.
        inside = _is_below(real, loader.root) or (
            _is_below(folder + os.sep, _library()) and _is_below(real, _library())
        )
    if not inside:
        _fail(
            loader,
            path,
            "it lies outside the root",
            "move the file below the policy's folder, or pass `--root DIR`",
        )
        return
    if real in loader.seen:
        under_way = loader.seen[real]
        if under_way is not None and key == path.span.source.key:
            loader.findings.append(import_failed(path.span, written, "a file cannot import itself", "remove this line"))
        elif under_way is not None:
            related = (Related("imported from here", under_way),) if under_way.end else ()
            loader.findings.append(
                import_failed(
                    path.span,
                    written,
                    "it imports this file, directly or through others",
                    "move what both need to a file that imports neither",
                    related,
                )
            )
        return
    if len(loader.seen) > MAX_IMPORTS:
        loader.complete = False
        if not loader.full:
            loader.full = True
            loader.findings.append(
                limit_exceeded(
                    path.span, f"this policy imports more than {MAX_IMPORTS:,} modules", "merge small modules"
                )
            )
        return
    try:
        data = loader.files.read(real)
    except (OSError, ValueError) as error:
        loader.seen[real] = None
        _fail(loader, path, _reason(error), _advice(written, real))
        return
    before = len(loader.findings)
    source = _decode(data, shown, key, loader.findings)
    if len(loader.findings) > before:
        loader.complete = False
    module, findings = parse(source)
    loader.findings.extend(findings)
    loader.seen[real] = path.span
    _load_imports(loader, module, os.path.dirname(real), os.path.dirname(shown))
    loader.seen[real] = None
    policy = next((d for d in module.declarations if isinstance(d, syntax.Policy)), None)
    if policy is not None:
        _fail(
            loader,
            path,
            "it is a policy, not a module",
            "move what both need to a module without `policy`",
            (Related("declared a policy here", policy.span),),
        )
        return
    loader.modules.append(module)


def _fail(loader: _Loader, path: syntax.Str, why: str, help_: str, related: tuple[Related, ...] = ()) -> None:
    """The imported file is not part of the program."""
    loader.complete = False
    loader.findings.append(import_failed(path.span, path.text, why, help_, related))


def _decode(data: bytes, shown: str, key: str, findings: list[Finding]) -> Source:
    if len(data) > MAX_FILE_BYTES:
        source = Source(shown, "", key)
        findings.append(
            limit_exceeded(
                Span(source, 0, 0),
                f"`{shown}` is larger than {MAX_FILE_BYTES // 1024 // 1024} MiB",
                "split the policy into modules",
            )
        )
        return source
    try:
        return Source(shown, data.decode("utf-8-sig"), key)
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig", "replace")
        source = Source(shown, before, key)
        at = Span(source, len(before), len(before))
        findings.append(syntax_error(at, f"byte {error.start} is not UTF-8", "save the file as UTF-8"))
        return Source(shown, "", key)


def _key(real: str, root: str) -> str:
    return os.path.relpath(real, root).replace(os.sep, "/")


def _is_below(real: str, folder: str) -> bool:
    return real.startswith(folder.rstrip(os.sep) + os.sep)


def _library() -> str:
    import interlock.stdlib_policies as library

    return os.path.realpath(library.__path__[0])


def _reason(error: OSError | ValueError) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    if isinstance(error, IsADirectoryError):
        return "it is a directory"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return "the path is not a legal one"


def _advice(written: str, real: str) -> str:
    try:
        there = [p.stem for p in Path(real).parent.glob("*.route") if p.is_file()]
    except (OSError, ValueError):
        there = []
    close = nearest(Path(real).stem, there)
    if close:
        return f"did you mean `{os.path.dirname(written)}/{close}`?"
    if written.startswith(_STD) and there:
        return f"the standard modules are {', '.join(f'`std/{n}`' for n in sorted(there))}"
    return "check the path; it is relative to the file that imports"
