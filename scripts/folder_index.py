"""The list of pages of a folder of docs/: each page's heading and the sentence below it."""

from scripts.rules import ROOT


def render(folder: str, head: str) -> str:
    """A README.md for the folder: ``head``, then a line for each other page, by file name."""
    pages = sorted(page for page in (ROOT / folder).glob("*.md") if page.name != "README.md")
    lines = [_line(page.name, page.read_text(encoding="utf-8")) for page in pages]
    return "\n".join([head, *(lines or ["No page yet."]), ""])


def _line(name: str, text: str) -> str:
    heading, _, rest = text.strip().partition("\n\n")
    first_sentence = " ".join(rest.partition("\n\n")[0].split()).partition(". ")[0].removesuffix(".")
    return f"- [{heading.removeprefix('# ')}]({name})" + (f": {first_sentence}." if first_sentence else "")
