"""Accessibility findings of a page, in light and in dark, as a person can read them."""

from axe_playwright_python.sync_playwright import Axe

# The rules of WCAG 2.2 A and AA, and axe's own good practices.
OPTIONS = {
    "resultTypes": ["violations"],
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
}


# What can differ between light and dark. The other rules would say the same twice, slowly.
COLORS = {
    "resultTypes": ["violations"],
    # Style sheets as text are for the rules that read them: not these.
    "preload": False,
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
}


AXE = Axe().axe_script

# A color that is still fading to its new value would be measured half-way.
RUN = """async (options) => {
    await Promise.all(document.getAnimations().map(one => one.finished.catch(() => null)));
    return (await axe.run(document, options)).violations;
}"""


def findings(page, options: dict = OPTIONS) -> list[str]:
    """What axe finds on the page as it is shown now, one text per rule."""
    # Half a megabyte of script: once for each page that is loaded, and only its findings back.
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE)
    found = []
    for violation in page.evaluate(RUN, options):
        lines = [f"{violation['id']} ({violation['impact']}): {violation['help']}"]
        for node in violation["nodes"][:5]:
            lines.append(f"    at {' '.join(map(str, node['target']))}")
            lines.append(f"       {' '.join(node['html'].split())[:200]}")
            checks = node.get("any", []) + node.get("all", []) + node.get("none", [])
            lines += [f"       {check['message']}" for check in checks[:3]]
        if len(violation["nodes"]) > 5:
            lines.append(f"    and {len(violation['nodes']) - 5} more")
        found.append("\n".join(lines))
    return found


def findings_in_both_schemes(page) -> list[str]:
    """The findings in light and in dark; the page is left in the scheme of its context."""
    schemes: dict[str, list[str]] = {}
    try:
        for scheme, options in (("light", OPTIONS), ("dark", COLORS)):
            page.emulate_media(color_scheme=scheme)
            for finding in findings(page, options):
                schemes.setdefault(finding, []).append(scheme)
    finally:
        page.emulate_media(color_scheme="null")
    return [f"[{' and '.join(where)}] {finding}" for finding, where in schemes.items()]
