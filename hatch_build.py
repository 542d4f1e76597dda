"""The compiled wheel: the same sources, and beside them the engine's hot modules as mypyc compiles them.

Off unless asked for: ``python3 dev.py build --compiled``. Which modules, says pyproject.toml.
"""

import os
import shutil
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompiledModules(BuildHookInterface[BuilderConfig]):
    """Adds to a wheel an extension module for each source that ``modules`` lists.

    They are made in build/mypyc, which is kept: what has not changed is not compiled again. None is put beside the
    sources, where every run of them would import it.
    """

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and have what was made packed."""
        if version == "editable":
            return
        made = Path(self.root, "build", "mypyc")
        for extension in _compiled(self.config["modules"], made):
            build_data["force_include"][str(extension)] = str(extension.relative_to(made / "lib"))
        build_data["pure_python"] = False
        build_data["infer_tag"] = True


def _compiled(modules: list[str], made: Path) -> list[Path]:
    """Compile modules, and return the extension modules: one each, and one with the code of all."""
    compiler = os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc"
    if not shutil.which(compiler.split()[0]):
        raise SystemExit(
            f"The compiled wheel needs a C compiler, and there is no {compiler.split()[0]!r} here. "
            "On Debian or Ubuntu: apt install gcc. The pure wheel needs none."
        )
    from mypyc.build import mypycify  # noqa: PLC0415 - the pure wheel is built without
    from setuptools import Distribution  # type: ignore[import-untyped]  # noqa: PLC0415

    made.mkdir(parents=True, exist_ok=True)
    extensions = mypycify([*modules], target_dir=str(made), debug_level="0", group_name="fairtill")
    command = Distribution({"ext_modules": extensions}).get_command_obj("build_ext")
    command.build_lib, command.build_temp = str(made / "lib"), str(made / "temp")
    command.ensure_finalized()
    command.run()
    return [Path(output) for output in command.get_outputs()]
