"""The pages of the explorer as they are built: from locked packages, once, of documents that the schema answers."""

import json
import re
from pathlib import Path

import pytest
from graphql import FragmentDefinitionNode, OperationDefinitionNode, parse

from app.config import CHECKOUT
from app.graphql.documents import Documents
from app.graphql.schema import schema
from scripts import explorer, node_packages
from scripts.node_packages import CannotInstall

FOLDERS = ("app/web/explorer", "tests/browser", "tests/connecting")
# Of what is only built or tested with: its licence asks for nothing of what comes of it.
NOT_IN_WHAT_IS_SERVED = {"MPL-2.0": ("lightningcss", "axe-core"), "CC-BY-4.0": ("caniuse-lite",)}
PERMISSIVE = {"MIT", "Apache-2.0", "ISC", "BSD-2-Clause", "BSD-3-Clause", "0BSD", "PSF-2.0", "Python-2.0"}
PERMISSIVE |= {"BlueOak-1.0.0", "(MIT OR Apache-2.0)"}


@pytest.fixture(scope="module")
def built() -> Path:
    try:
        return explorer.build()
    except CannotInstall as error:
        pytest.skip(f"The pages cannot be built here: {error}")


@pytest.mark.parametrize("folder", FOLDERS)
def test_packages_are_locked_without_an_address(folder: str) -> None:
    asked = json.loads((CHECKOUT / folder / "package.json").read_text())
    lock = (CHECKOUT / folder / "package-lock.json").read_text()
    assert '"resolved"' not in lock
    assert "registry" not in lock
    versions = {**asked["dependencies"], **asked.get("devDependencies", {})}
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in versions.values())


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_licence_asks_for_more_than_its_name(folder: str) -> None:
    packages = json.loads((CHECKOUT / folder / "package-lock.json").read_text())["packages"]
    for path, package in packages.items():
        licence = package.get("license")
        if path and licence not in PERMISSIVE:
            name = path.rpartition("node_modules/")[2]
            assert name.startswith(NOT_IN_WHAT_IS_SERVED[licence]), (name, licence)


def documents() -> dict[str, str]:
    """As the pages send them: what only has fragments goes with those that use them."""
    texts = {path.name: path.read_text() for path in sorted(explorer.SOURCE.rglob("*.graphql"))}
    fragments = {name: text for name, text in texts.items() if _is_fragment(text)}
    return {
        name: text + "".join(more for more in fragments.values() if _spreads(text, more))
        for name, text in texts.items()
        if name not in fragments
    }


def _is_fragment(text: str) -> bool:
    return not any(isinstance(part, OperationDefinitionNode) for part in parse(text).definitions)


def _spreads(text: str, fragments: str) -> bool:
    named = [part.name.value for part in parse(fragments).definitions if isinstance(part, FragmentDefinitionNode)]
    return any(f"...{name}" in text for name in named)


@pytest.mark.parametrize("name", documents())
def test_what_the_pages_ask_for_is_in_the_schema(name: str) -> None:
    Documents(schema).read(documents()[name])


def test_the_examples_are_told_apart_by_their_names() -> None:
    names = [re.findall(r"^(?:query|mutation|subscription) (\w+)", text, re.MULTILINE) for text in documents().values()]
    assert len({name for (name,) in names}) == len(names)


def test_pages_are_built_once(built: Path) -> None:
    page = built / "graphiql.html"
    before = page.stat().st_mtime_ns
    assert explorer.build() == built
    assert page.stat().st_mtime_ns == before


def test_a_page_loads_its_own_files_alone(built: Path) -> None:
    for name in ("graphiql.html", "explore.html"):
        text = (built / name).read_text()
        named = re.findall(r'(?:src|href)="([^"]*)"', text)
        assert len(named) >= 3
        assert all((built / path).is_file() for path in named), named
        assert "<style" not in text
        assert not re.search(r"<script[^>]*>[^<]", text)


def test_a_build_that_cannot_be_is_said_and_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """As on a machine without network: nobody listens at that port."""
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "cache"))
    monkeypatch.setattr(node_packages, "KEPT", tmp_path)
    for name in ("PLACE", "COPIED", "PAGES"):
        kept: Path = getattr(explorer, name)
        monkeypatch.setattr(explorer, name, tmp_path / kept.relative_to(CHECKOUT / ".lantern"))
    explorer.main()
    assert "/graphiql and /explore are not there until they can be built." in capfd.readouterr().err
    assert not explorer.PAGES.exists()
