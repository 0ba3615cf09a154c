"""The tools that a model may be given, as tool searches find them and additional_tools adds them.

They are stored as given: which defaults the service adds is not known.
"""

from __future__ import annotations

from convsim.items.fields import Models
from convsim.items.tools.functions import CustomTool, FunctionTool, NamespaceTool, ProgrammaticToolCalling, ToolSearch
from convsim.items.tools.hosted import (
    ApplyPatch,
    CodeInterpreter,
    Computer,
    ComputerUsePreview,
    ImageGeneration,
    LocalShell,
    Mcp,
    Shell,
)
from convsim.items.tools.searches import FileSearch, WebSearch, WebSearchPreview

TOOLS: Models = {
    "apply_patch": ApplyPatch,
    "code_interpreter": CodeInterpreter,
    "computer": Computer,
    "computer_use_preview": ComputerUsePreview,
    "custom": CustomTool,
    "file_search": FileSearch,
    "function": FunctionTool,
    "image_generation": ImageGeneration,
    "local_shell": LocalShell,
    "mcp": Mcp,
    "namespace": NamespaceTool,
    "programmatic_tool_calling": ProgrammaticToolCalling,
    "shell": Shell,
    "tool_search": ToolSearch,
    "web_search": WebSearch,
    "web_search_2025_08_26": WebSearch,
    "web_search_preview": WebSearchPreview,
    "web_search_preview_2025_03_11": WebSearchPreview,
}
"""The tools by type, in alphabetical order: the live list in the sentence about an unknown type was not recorded."""
