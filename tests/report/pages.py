"""Reads a page as strictly as needed: tags that nest, and who stands in whom."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser

_VOID = ("meta", "br", "hr", "img", "link", "input")


class Tag:
    """One element: its name, attributes, children and text."""

    def __init__(self, name: str, attributes: dict[str, str | None]) -> None:
        self.name = name
        self.attributes = attributes
        self.children: list[Tag] = []
        self.own = ""

    @property
    def classes(self) -> list[str]:
        return (self.attributes.get("class") or "").split()

    @property
    def text(self) -> str:
        return self.own + "".join(child.text for child in self.children)

    def all(self, name: str | None = None, kind: str | None = None) -> list[Tag]:
        """The elements below, of this name and with this class."""
        return [tag for tag in self._walk() if name in (None, tag.name) and (kind is None or kind in tag.classes)]

    def one(self, name: str | None = None, kind: str | None = None) -> Tag:
        (found,) = self.all(name, kind)
        return found

    def _walk(self) -> Iterator[Tag]:
        for child in self.children:
            yield child
            yield from child._walk()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Tag("", {})
        self.open = [self.root]
        self.doctypes: list[str] = []

    def handle_decl(self, decl: str) -> None:
        self.doctypes.append(decl)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs), f"<{tag}> has an attribute twice: {attrs}"
        made = Tag(tag, dict(attrs))
        self.open[-1].children.append(made)
        if tag not in _VOID:
            self.open.append(made)

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].name == tag, f"</{tag}> closes <{self.open[-1].name}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].own += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    def handle_pi(self, data: str) -> None:
        raise AssertionError(f"an instruction: {data}")


def read_page(text: str) -> Tag:
    """The page; fails where tags do not nest, and for anything that needs a network."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    assert [tag.name for tag in reader.open] == [""], f"left open: {[tag.name for tag in reader.open]}"
    assert reader.doctypes == ["DOCTYPE html"]
    assert text.startswith("<!DOCTYPE html>\n")
    page = reader.root.one("html")
    assert [tag.name for tag in page.children] == ["head", "body"]
    _check_self_contained(page)
    return page


def _check_self_contained(page: Tag) -> None:
    assert [tag.name for tag in page.one("head").children if tag.name == "script"] == ["script"]
    assert len(page.all("script")) == 1
    forbidden = ("iframe", "object", "embed", "img", "link", "base", "form")
    assert not [tag.name for tag in page.all() if tag.name in forbidden]
    for tag in page.all():
        assert not {"src", "href", "srcset", "action", "style"} & tag.attributes.keys(), tag.attributes
        assert not [name for name in tag.attributes if name.startswith("on")], tag.attributes
        # What a browser would move: a block inside a paragraph, or a paragraph inside one.
        assert tag.name != "p" or not tag.children
        assert tag.name != "summary" or [child.name for child in tag.children] == ["code"]
    style = page.one("style").text
    assert not any(sign in style for sign in ("url(", "@import", "<"))
