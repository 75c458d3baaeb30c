"""Accessibility findings of a page, in light and in dark, as a person can read them."""

from axe_playwright_python.sync_playwright import Axe

COLOR_RULES = ["color-contrast", "link-in-text-block"]

# The rules of WCAG 2.2 A and AA, and axe's own good practices; those of colors come below.
OPTIONS = {
    "resultTypes": ["violations"],
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
    "rules": {rule: {"enabled": False} for rule in COLOR_RULES},
}


# What can differ between light and dark. The other rules would say the same twice, slowly.
COLORS = {
    "resultTypes": ["violations"],
    # Style sheets as text are for the rules that read them: not these.
    "preload": False,
    "runOnly": {"type": "rule", "values": COLOR_RULES},
}


AXE = Axe().axe_script

# Two thirds of axe's time are colors, asked of each word of a page. Words that are drawn alike
# (their color, size and weight, how a link is marked, and all that lies behind them) have the
# same answer: the first and the last of each kind are asked. What is positioned may lie over
# anything and is a kind of its own, unless it is for screen readers only.
OF_EACH_KIND = """() => {
    const behind = new Map();
    let own = 0;
    const drawn = (element) => {
        if (!element) return "";
        if (!behind.has(element)) {
            const style = getComputedStyle(element);
            const flows = ["static", "relative"].includes(style.position)
                && style.transform === "none" && style.float === "none";
            const forEars = element.offsetWidth <= 1 && element.offsetHeight <= 1;
            behind.set(element, [
                drawn(element.parentElement), style.backgroundColor, style.backgroundImage,
                style.opacity, style.filter, style.mixBlendMode, style.clipPath, style.visibility,
                style.display,
                flows ? "" : forEars ? "for ears" : `own ${own += 1}`,
            ].join("|"));
        }
        return behind.get(element);
    };
    const words = (element) => {
        const style = getComputedStyle(element);
        return [
            element.localName, element.disabled, element.getAttribute("aria-disabled"),
            style.color, style.fontSize, style.fontWeight, style.textShadow,
            style.webkitTextStroke, style.textDecoration, style.borderBottom,
        ].join("|");
    };
    const kinds = new Map();
    for (const element of document.body.querySelectorAll("*")) {
        const speaks = element.matches("input, select, textarea")
            || [...element.childNodes].some((one) => one.nodeType === 3 && one.data.trim());
        if (!speaks || !element.checkVisibility()) continue;
        // A link is told from the words around it.
        const around = element.localName === "a" ? words(element.parentElement) : "";
        const kind = `${words(element)}/${around}/${drawn(element)}`;
        kinds.set(kind, [kinds.get(kind)?.[0] ?? element, element]);
    }
    return [...new Set([...kinds.values()].flat())];
}"""

# A color that is still fading to its new value would be measured half-way.
RUN = """async (options) => {
    await Promise.all(document.getAnimations().map(one => one.finished.catch(() => null)));
    return (await axe.run(WHERE, options)).violations;
}"""
EVERYWHERE = RUN.replace("WHERE", "document")
SOME = RUN.replace("WHERE", f"{{ include: ({OF_EACH_KIND})() }}")


def findings(page, run: str, options: dict) -> list[str]:
    """What axe finds on the page as it is shown now, one text per rule."""
    # Half a megabyte of script: once for each page that is loaded, and only its findings back.
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE)
    found = []
    for violation in page.evaluate(run, options):
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
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            found = findings(page, EVERYWHERE, OPTIONS) if scheme == "light" else []
            for finding in found + findings(page, SOME, COLORS):
                schemes.setdefault(finding, []).append(scheme)
    finally:
        page.emulate_media(color_scheme="null")
    return [f"[{' and '.join(where)}] {finding}" for finding, where in schemes.items()]
