"""How large the zipped files are that a deployment puts into CDK's own bucket."""

import json
import os
import zipfile
from pathlib import Path
from tempfile import TemporaryFile


def measure_assets(assembly: Path, known: dict[str, int]) -> int:
    """Return the bytes of all assets of a cloud assembly, zipped as the CDK CLI does.

    ``known`` holds the sizes of assets by their hash and gets those that were not in it.
    """
    total = 0
    for manifest in sorted(assembly.glob("*.assets.json")):
        for asset_hash, asset in json.loads(manifest.read_text())["files"].items():
            if asset_hash not in known:
                known[asset_hash] = _measure(assembly, asset["source"])
            total += known[asset_hash]
    return total


def _measure(assembly: Path, source: dict[str, str]) -> int:
    path = assembly / source["path"]
    if source["packaging"] != "zip":
        return path.stat().st_size
    with TemporaryFile() as zipped:
        with zipfile.ZipFile(zipped, "w", compression=zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(path.rglob("*")):
                if file.is_file():
                    archive.write(file, file.relative_to(path))
        return zipped.seek(0, os.SEEK_END)
