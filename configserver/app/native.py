"""From the settings of plain folders to what serves them."""

from pathlib import Path

from configserver.backends.bell import Bell
from configserver.backends.folders import root_of
from configserver.backends.layouts import Layout, native_layout
from configserver.backends.native import NativeSource
from configserver.errors import SettingsError
from configserver.settings import Settings
from configserver.settings.native import NativeSettings


def native_place(
    settings: Settings, native: NativeSettings, bell: Bell | None = None
) -> tuple[NativeSource, Layout]:
    """Return the source of plain folders, and how configuration lies in them.

    Args:
        settings: everything that is set.
        native: where the folders are.
        bell: rung when something in them changes.

    Raises:
        SettingsError: a search location that is no place of the file system.
    """
    locations = [_absolute(text) for text in native.search_locations]
    roots = [root_of(location, "/") for location in locations]
    layout = native_layout(
        locations,
        default_label=settings.default_label_of(native),
        add_label_locations=native.add_label_locations,
        version=native.version,
        reverse_files=settings.serving.reverse_location_order,
    )
    return NativeSource(roots, bell=bell), layout


def _absolute(location: str) -> str:
    """Write a search location as an absolute `file:` URI that ends with a slash.

    Raises:
        SettingsError: it is no place of the file system.
    """
    text = location.strip().removeprefix("optional:")
    scheme, colon, rest = text.partition(":")
    if colon and scheme != "file":
        raise SettingsError(
            f"spring.cloud.config.server.native.search-locations: '{scheme}:' is not supported",
            hint="name folders, such as file:/srv/config/",
        )
    path = rest if colon else text
    path = "/" + path.lstrip("/") if path.startswith("//") else str(Path(path).absolute())
    return f"file:{path.rstrip('/')}/"
