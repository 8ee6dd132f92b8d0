"""The keys of Spring that change what is served: conditions, profiles, imports."""

from tests.differential.draw import Draw

PROFILES = ("dev", "prod", "eu", "default")

_EXPRESSIONS = (
    *("dev", "prod", "!dev", "!prod", "dev & eu", "dev | prod", "dev,prod", "!(dev | eu)", "eu"),
    *("(dev & eu) | prod", "default", "!default", "dev , eu", "missing", "!missing", "(dev"),
    *("dev & !eu", "!!dev", "dev prod", "${r1}", "", "DEV"),
)
_ODD_EXPRESSIONS = ("()", "!", "dev & eu | prod", "dev &", "12", "true")
_IMPORTS = (
    *("bar.yml", "optional:bar.yml", "extra.yml", "extra.properties", "missing.yml", "team-a/"),
    *(
        "foo.properties",
        "application.yml",
        "shared/extra.yml",
        "bar.yml,extra.properties",
        "./bar.yml",
    ),
    *(
        "optional:extra[.yml]",
        "file:./extra.yml",
        "extra.yml;bar.yml",
        "${r1}.yml",
        "optional:missing/",
    ),
)


def settings(draw: Draw, *, variant: bool) -> list[tuple[str, str]]:
    """Return settings of Spring for a document.

    `variant` says that the file belongs to a profile, where most of them are forbidden.
    """
    rows: list[tuple[str, str]] = []
    if draw.has("conditions", 0.6):
        rows.append((_spelt(draw, "spring.config.activate.on-profile"), expression(draw)))
    if draw.has("imports", 0.5):
        rows.append(("spring.config.import", draw.pick(_IMPORTS)))
    allowed = not variant and not any("on-profile" in key for key, _ in rows)
    if draw.has("profiles", 0.5 if allowed else 0.03):
        rows.append(_profile_setting(draw))
    return rows


def expression(draw: Draw) -> str:
    return draw.pick(_ODD_EXPRESSIONS) if draw.chance(0.04) else draw.pick(_EXPRESSIONS)


def _profile_setting(draw: Draw) -> tuple[str, str]:
    many = ",".join(draw.some(PROFILES, 3))
    roll = draw.number(1, 10)
    if roll <= 5:
        return "spring.profiles.include", many
    if roll <= 8:
        return f"spring.profiles.group.{draw.pick(PROFILES)}", many
    return draw.pick(("spring.profiles.active", "spring.profiles.default")), many


def _spelt(draw: Draw, key: str) -> str:
    if draw.chance(0.9):
        return key
    relaxed = draw.pick(("onProfile", "on_profile", "ON-PROFILE"))
    return key.replace("on-profile", relaxed)
