# The policy API of Xenimage, api 1, for editors and pyright.
# Written by `xenimage policy types`; do not edit it.
#
# In a policy, with the names in quotes and nothing to import:
#   POLICY: "Policy" = {"api": 1, "name": "mine"}
#
#   def on_config(config: "Config", ctx: "Context"): ...

from collections.abc import Callable
from re import Pattern
from typing import Any, Literal, NoReturn, NotRequired, Protocol, TypedDict

BytesLike = bytes | bytearray | str

Operation = Literal[
    "save",
    "restore",
    "migrate-out",
    "migrate-in",
    "rewrite",
]

GrantKind = Literal[
    "read",
    "folder",
    "append",
    "http",
    "run",
    "env",
]

GuestType = Literal[
    "pv",
    "hvm",
    "pvh",
]

ParameterType = Literal[
    "string",
    "integer",
    "number",
    "boolean",
    "array",
    "object",
]

PageType = Literal[
    "NOTAB",
    "L1TAB",
    "L2TAB",
    "L3TAB",
    "L4TAB",
    "RESERVED_5",
    "RESERVED_6",
    "RESERVED_7",
    "RESERVED_8",
    "L1TAB_PIN",
    "L2TAB_PIN",
    "L3TAB_PIN",
    "L4TAB_PIN",
    "BROKEN",
    "XALLOC",
    "XTAB",
]

Across = Literal[
    "batch",
    "virtual",
]

class Policy(TypedDict):
    """The header of a policy: a literal, read before any of its code runs."""
    api: Literal[1]
    """The version of this API that the policy is written for."""
    name: NotRequired[str]
    """The name; that of the file if absent."""
    version: NotRequired[str | int]
    """The version of the policy, for logs and provenance."""
    on: NotRequired[Operation | list[Operation]]
    """The operations that it runs in; all if absent."""
    match: NotRequired[PolicyMatch]
    """The domains that it is for; all if absent."""
    onError: NotRequired[Literal["abort", "skip"]]
    """Whether a failure ends the run (the default) or only this policy."""
    params: NotRequired[dict[str, PolicyParameter | str | int | bool | list[Any]]]
    """The parameters by name: a default each, or an object."""
    limits: NotRequired[PolicyLimits]
    """Limits of its own."""
    wants: NotRequired[dict[str, GrantKind]]
    """The grants that a policy set must give it, by name: see ctx.grant."""
    doc: NotRequired[str]
    """What the policy is for."""

class PolicyMatch(TypedDict):
    """Which domains a policy is for, decided before any of its code runs."""
    guest: NotRequired[GuestType | list[GuestType]]
    """The types of guest."""
    name: NotRequired[str | Pattern[str]]
    """The name of the domain: a text, a glob with * and ?, or a pattern."""
    uuid: NotRequired[str | Pattern[str]]
    """The UUID of the domain, likewise."""

class PolicyParameter(TypedDict):
    """A parameter that --set can set."""
    type: NotRequired[ParameterType]
    """Its type; that of its default if absent."""
    enum: NotRequired[list[Any]]
    """The only values allowed."""
    minimum: NotRequired[int]
    """The least number allowed."""
    maximum: NotRequired[int]
    """The greatest number allowed."""
    pattern: NotRequired[str | Pattern[str]]
    """A regular expression that a text must match."""
    default: NotRequired[Any]
    """What the policy gets if nothing is set."""
    doc: NotRequired[str]
    """What it is for; policy show prints it."""
    required: NotRequired[bool]
    """Whether it must be set."""
    secret: NotRequired[bool]
    """Whether reports and logs hide its value."""

class PolicyLimits(TypedDict):
    """Limits for each call of a hook and for a run; they can only lower the host's."""
    milliseconds: NotRequired[int]
    """Time of a call."""
    kilobytes: NotRequired[int]
    """Memory that a call allocates."""
    statements: NotRequired[int]
    """Statements of a call, in JavaScript only."""
    processorMilliseconds: NotRequired[int]
    """Processor time of a call."""
    runMilliseconds: NotRequired[int]
    """Total time of all calls in a run."""
    runProcessorMilliseconds: NotRequired[int]
    """Total processor time of all calls in a run."""
    runKilobytes: NotRequired[int]
    """Total memory that all calls in a run allocate."""

class Config(TypedDict, extra_items=Any):
    """The toolstack's config, libxl_domain_config as xl writes it; these are its usual keys."""
    c_info: ConfigCreate
    """How the domain is created."""
    b_info: ConfigBuild
    """How the domain is built."""
    disks: NotRequired[list[ConfigDisk]]
    """The disks."""
    nics: NotRequired[list[ConfigNic]]
    """The network interfaces."""

class ConfigCreate(TypedDict, extra_items=Any):
    """How the domain is created."""
    name: str
    """The name of the domain."""
    uuid: NotRequired[str]
    """The UUID of the domain."""
    type: NotRequired[str]
    """pv, hvm or pvh."""
    xsdata: NotRequired[dict[str, Any]]
    """More keys for xenstore."""
    platformdata: NotRequired[dict[str, Any]]
    """More keys for xenstore's platform."""

class ConfigBuild(TypedDict, extra_items=Any):
    """How the domain is built."""
    max_vcpus: NotRequired[int]
    """How many vCPUs there can be."""
    max_memkb: NotRequired[int]
    """The most memory, in KiB."""
    target_memkb: NotRequired[int]
    """The memory at the start, in KiB."""
    kernel: NotRequired[str]
    """The file of the kernel."""
    ramdisk: NotRequired[str]
    """The file of the initial RAM disk."""
    cmdline: NotRequired[str]
    """The kernel's command line."""

class ConfigDisk(TypedDict, extra_items=Any):
    """A disk."""
    vdev: NotRequired[str]
    """The name in the guest, such as xvda."""
    pdev_path: NotRequired[str]
    """The device or the file behind it."""
    backend: NotRequired[str]
    """phy, tap or qdisk."""
    format: NotRequired[str]
    """raw, qcow2, …"""
    script: NotRequired[str]
    """The hotplug script."""
    readwrite: NotRequired[int]
    """1 if the guest can write."""

class ConfigNic(TypedDict, extra_items=Any):
    """A network interface."""
    devid: NotRequired[int]
    """The number of the interface."""
    mac: NotRequired[str]
    """The address."""
    bridge: NotRequired[str]
    """The bridge of the host."""
    script: NotRequired[str]
    """The hotplug script."""
    ip: NotRequired[str]
    """The IP address for the hotplug script."""
    ifname: NotRequired[str]
    """The name of the interface in the host."""
    nictype: NotRequired[str]
    """vif or vif_ioemu."""

# Site metadata: any keys, with the namespace of the site.
Metadata = dict[str, Any]

class Summary(TypedDict):
    """What a policy did in a run."""
    policy: str
    """The name of the policy."""
    version: str
    """The version of the policy."""
    digest: str
    """The SHA-256 of its source."""
    operation: str
    """What was done."""
    operator: str
    """Who ran it."""
    time: str
    """When the run began."""
    edits: int
    """How many edits the policy made."""
    pages: int
    """How many pages it edited."""
    bytes: int
    """How many bytes of pages it edited."""

class Failure(TypedDict):
    """What failed."""
    message: str
    """Where and why."""
    kind: str
    """The kind of failure, such as PolicyRejected."""

class Context:
    """The run, as one policy sees it."""
    @property
    def operation(self) -> Operation:
        """What is being done."""
    @property
    def image(self) -> ImageFacts:
        """What is known of the image before its records are read."""
    @property
    def site(self) -> dict[str, Any]:
        """The site file of --site, read-only."""
    @property
    def params(self) -> dict[str, Any]:
        """The policy's parameters: what --set says, else the defaults of the header."""
    @property
    def operator(self) -> str:
        """Who runs the operation."""
    @property
    def now(self) -> str:
        """When the run began, in ISO 8601: the only clock a policy sees."""
    @property
    def pages(self) -> PageRules:
        """Declares rules that run over all pages at the speed of Java; in onBegin only."""
    def log(self, message: Any, /) -> None:
        """Writes a line to the decision log.

        message: what to say"""
    def warn(self, message: Any, /) -> None:
        """Writes a warning to the decision log and the report.

        message: what to say"""
    def on_failure(self, undo: Callable[[Failure], object], /) -> None:
        """Registers an undo for a side effect; if the run fails later, the last is called first.

        undo: called once, with what failed"""
    def grant(self, name: str, /) -> Grant:
        """Something outside the image that a policy set grants this policy.

        name: its name in wants"""
    def add_section(
        self,
        name: str,
        type: str,
        content: BytesLike | dict[str, Any],
        mandatory: bool | None = ...,
        /,
    ) -> None:
        """Adds a site section to the image that is written, which must be a native one.

        name: a namespace of the site, a dot and a name
        type: of the content, such as text/plain
        content: the content, or its fields by the schema of the section
        mandatory: whether a reader that does not know it must refuse the image"""
    def downgrade(self, version: Literal[2], /) -> None:
        """Writes the image as Xen before 4.14 reads it; in onBegin only.

        version: of the libxc stream"""
    def veto(self, reason: str | None = ..., /) -> NoReturn:
        """Refuses the run: nothing is written, and a guest stays where it is.

        reason: why, for the report"""

class ImageFacts:
    """What is known of the image before its records are read."""
    @property
    def format(self) -> str:
        """xl, libxl or libxc."""
    @property
    def guest(self) -> GuestType | None:
        """The type of guest."""
    @property
    def xen(self) -> str | None:
        """The version of Xen that saved the image, such as 4.17."""
    @property
    def libxc_version(self) -> int | None:
        """The version of the libxc stream: 2, or 3 since Xen 4.14."""
    @property
    def page_size(self) -> int:
        """The size of a page in bytes."""
    @property
    def name(self) -> str | None:
        """The name of the domain."""
    @property
    def uuid(self) -> str | None:
        """The UUID of the domain, in lowercase."""

class PageRules:
    """Declares rules in onBegin; they run over every page in Java, without calls of the script."""
    def scrub(
        self,
        text: str | None = ...,
        length: int | None = ...,
        fill: int | None = ...,
        hex: str | None = ...,
        bytes: BytesLike | None = ...,
        types: PageType | list[PageType] | None = ...,
        pfn_from: int | None = ...,
        pfn_to: int | None = ...,
        regex: str | None = ...,
        across: Across | None = ...,
        edge: int | None = ...,
    ) -> None:
        """Overwrites what one of text, hex, bytes or regex finds, in every page.

        text: what to look for, as text in UTF-8
        length: bytes to overwrite from the start of the match; the match if absent
        fill: the byte to write; 0 if absent
        hex: what to look for, in hex digits
        bytes: what to look for, as bytes
        types: only pages of these types; ordinary pages if absent
        pfn_from: the first PFN; 0 if absent
        pfn_to: the PFN after the last; no end if absent
        regex: what to overwrite, as a regular expression over bytes (RE2, ASCII)
        across: 'virtual' also joins pages of two batches and of virtual memory
        edge: bytes at the edge of a page that match if the image is read once; 4 if absent"""
    def replace(
        self,
        text: str | None = ...,
        by: str | None = ...,
        hex: str | None = ...,
        bytes: BytesLike | None = ...,
        by_hex: str | None = ...,
        by_bytes: BytesLike | None = ...,
        types: PageType | list[PageType] | None = ...,
        pfn_from: int | None = ...,
        pfn_to: int | None = ...,
    ) -> None:
        """Replaces one pattern by another of the same length, in every page.

        text: what to look for, as text in UTF-8
        by: what to write, of the same length, as text in UTF-8
        hex: what to look for, in hex digits
        bytes: what to look for, as bytes
        by_hex: what to write, in hex digits
        by_bytes: what to write, as bytes
        types: only pages of these types; ordinary pages if absent
        pfn_from: the first PFN; 0 if absent
        pfn_to: the PFN after the last; no end if absent"""
    def zero(
        self,
        types: PageType | list[PageType] | None = ...,
        pfn_from: int | None = ...,
        pfn_to: int | None = ...,
        contains: str | None = ...,
    ) -> None:
        """Fills whole pages with zeros, by their types and PFNs.

        types: only pages of these types; ordinary pages if absent
        pfn_from: the first PFN; 0 if absent
        pfn_to: the PFN after the last; no end if absent
        contains: only pages that hold this text"""
    def zero_free(self, required: bool | None = ...) -> None:
        """Fills the pages with zeros that the guest's Linux kernel says are free.

        required: whether to refuse the image if its free pages are not known; false if absent"""

class Grant:
    """Something outside the image that the header wants and a policy set grants."""
    @property
    def kind(self) -> GrantKind:
        """What the grant allows."""
    def read(self, file: str | None = ..., /) -> str:
        """The text of the file, or of a file in the folder.

        file: the name of a file in a folder"""
    def list(self) -> list[str]:
        """The names of the files in the folder."""
    def append(self, message: str, /) -> None:
        """Appends a line to the log: JSON with time, policy, operation, image and message.

        message: the text to log"""
    def request(
        self,
        path: str | None = ...,
        method: str | None = ...,
        body: str | None = ...,
    ) -> HttpAnswer:
        """Sends a request to the host.

        path: relative to the address of the grant
        method: GET if absent
        body: the request body"""
    def run(self, input: str | None = ..., /) -> CommandResult:
        """Runs the command with the arguments that the policy set defines.

        input: text for its standard input"""
    def value(self) -> str | None:
        """The value of the variable, if it is set."""

class HttpAnswer(TypedDict):
    """The answer to an HTTP request."""
    done: bool
    """Whether it was sent; in a dry run, only GET and HEAD are."""
    status: int
    """The status; redirects are not followed."""
    body: str
    """The body, which must be UTF-8."""

class CommandResult(TypedDict):
    """The result of a granted command."""
    done: bool
    """Whether it ran; false in a dry run."""
    status: int
    """Its exit status."""
    output: str
    """What it printed, which must be UTF-8."""

class RecordMembers:
    """One record other than PAGE_DATA, its fields and bytes decoded on demand."""
    @property
    def optional(self) -> bool:
        """Whether a reader that does not know the record may ignore it."""
    @property
    def offset(self) -> int | None:
        """Where the record begins in the image; none if a policy made it."""
    @property
    def length(self) -> int:
        """The length of the body in bytes."""
    bytes: bytearray
    """The bytes of the body, to be edited in place or assigned."""
    def drop(self) -> None:
        """Leaves the record out, where the format allows it."""
    def replace(self, type: str | int, content: dict[str, Any] | BytesLike, /) -> None:
        """Puts another record in its place.

        type: the name of the type, or its number
        content: the fields, or the bytes of the body"""
    def insert_before(self, type: str | int, content: dict[str, Any] | BytesLike, /) -> None:
        """Inserts a record before this one.

        type: the name of the type, or its number
        content: the fields, or the bytes of the body"""
    def insert_after(self, type: str | int, content: dict[str, Any] | BytesLike, /) -> None:
        """Inserts a record after this one.

        type: the name of the type, or its number
        content: the fields, or the bytes of the body"""

class CheckpointEndRecord(RecordMembers):
    """A record CHECKPOINT_END of the libxl stream."""
    type: Literal["CHECKPOINT_END"]
    """The type, by its name in the specification; a number in hex if it has none."""
    layer: Literal["libxl"]
    """The stream that the record belongs to."""
    @property
    def fields(self) -> CheckpointEndFields:
        """The fields by name, to be edited in place; the type of the record says which."""

class CheckpointStateRecord(RecordMembers):
    """A record CHECKPOINT_STATE of the libxl stream."""
    type: Literal["CHECKPOINT_STATE"]
    """The type, by its name in the specification; a number in hex if it has none."""
    layer: Literal["libxl"]
    """The stream that the record belongs to."""
    @property
    def fields(self) -> CheckpointStateFields:
        """The fields by name, to be edited in place; the type of the record says which."""

class EmulatorContextRecord(RecordMembers):
    """A record EMULATOR_CONTEXT of the libxl stream."""
    type: Literal["EMULATOR_CONTEXT"]
    """The type, by its name in the specification; a number in hex if it has none."""
    layer: Literal["libxl"]
    """The stream that the record belongs to."""
    @property
    def fields(self) -> EmulatorContextFields:
        """The fields by name, to be edited in place; the type of the record says which."""

class EmulatorXenstoreDataRecord(RecordMembers):
    """A record EMULATOR_XENSTORE_DATA of the libxl stream."""
    type: Literal["EMULATOR_XENSTORE_DATA"]
    """The type, by its name in the specification; a number in hex if it has none."""
    layer: Literal["libxl"]
    """The stream that the record belongs to."""
    @property
    def fields(self) -> EmulatorXenstoreDataFields:
        """The fields by name, to be edited in place; the type of the record says which."""

class LibxlEndRecord(RecordMembers):
    """A record END of the libxl stream."""
    type: Literal["END"]
    """The type, by its name in the specification; a number in hex if it has none."""
    layer: Literal["libxl"]
    """The stream that the record belongs to."""
    @property
    def fields(self) -> LibxlEndFields:
        """The fields by name, to be edited in place; the type of the record says which."""

class LibxcContextRecord(RecordMembers):
    """A record LIBXC_CONTEXT of the libxl stream."""
    type: Literal["LIBXC_CONTEXT"]
    """The type, by its name in the specification; a number in hex if it has none."""
    layer: Literal["libxl"]
    """The stream that the record belongs to."""
    @property
    def fields(self) -> LibxcContextFields:
        """The fields by name, to be edited in place; the type of the record says which."""

class CheckpointRecord(RecordMembers):
    """A record CHECKPOINT of the libxc stream."""
    type: Literal["CHECKPOINT"]
    """The type, by its name in the specification; a number in hex if it has none."""
    layer: Literal["libxc"]
    """The stream that the record belongs to."""
    @property
    def fields(self) -> CheckpointFields:
        """The fields by name, to be edited in place; the type of the record says which."""

class CheckpointDirtyPfnListRecord(RecordMembers):
    """A record CHECKPOINT_DIRTY_PFN_LIST of the libxc stream."""
    type: Literal["CHECKPOINT_DIRTY_PFN_LIST"]
    """The type, by its name in the specification; a number in hex if it has none."""
    layer: Literal["libxc"]
    """The stream that the record belongs to."""
    @property
    def fields(self) -> CheckpointDirtyPfnListFields:
        """The fields by name, to be edited in place; the type of the record says which."""

class EndRecord(RecordMembers):
    """A record END of the libxc stream."""
    type: Literal["END"]
    """The type, by its name in the specification; a number in hex if it has none."""
    layer: Literal["libxc"]
    """The stream that the record belongs to."""
    @property
    def fields(self) -> EndFields:
        """The fields by name, to be edited in place; the type of the record says which."""

class HvmContextRecord(RecordMembers):
    """A record HVM_CONTEXT of the libxc stream."""
    type: Literal["HVM_CONTEXT"]
    """The type, by its name in the specification; a number in hex if it has none."""
    layer: Literal["libxc"]
    """The stream that the record belongs to."""
    @property
    def fields(self) -> HvmContextFields:
        """The fields by name, to be edited in place; the type of the record says which."""

class HvmParamsRecord(RecordMembers):
    """A record HVM_PARAMS of the libxc stream."""
    type: Literal["HVM_PARAMS"]
    """The type, by its name in the specification; a number in hex if it has none."""
    layer: Literal["libxc"]
    """The stream that the record belongs to."""
    @property
    def fields(self) -> HvmParamsFields:
        """The fields by name, to be edited in place; the type of the record says which."""

class SharedInfoRecord(RecordMembers):
    """A record SHARED_INFO of the libxc stream."""
    type: Literal["SHARED_INFO"]
    """The type, by its name in the specification; a number in hex if it has none."""
    layer: Literal["libxc"]
    """The stream that the record belongs to."""
    @property
    def fields(self) -> SharedInfoFields:
        """The fields by name, to be edited in place; the type of the record says which."""

class StaticDataEndRecord(RecordMembers):
    """A record STATIC_DATA_END of the libxc stream."""
    type: Literal["STATIC_DATA_END"]
    """The type, by its name in the specification; a number in hex if it has none."""
    layer: Literal["libxc"]
    """The stream that the record belongs to."""
    @property
    def fields(self) -> StaticDataEndFields:
        """The fields by name, to be edited in place; the type of the record says which."""

class ToolstackRecord(RecordMembers):
    """A record TOOLSTACK of the libxc stream."""
    type: Literal["TOOLSTACK"]
    """The type, by its name in the specification; a number in hex if it has none."""
    layer: Literal["libxc"]
    """The stream that the record belongs to."""
    @property
    def fields(self) -> ToolstackFields:
        """The fields by name, to be edited in place; the type of the record says which."""

class VerifyRecord(RecordMembers):
    """A record VERIFY of the libxc stream."""
    type: Literal["VERIFY"]
    """The type, by its name in the specification; a number in hex if it has none."""
    layer: Literal["libxc"]
    """The stream that the record belongs to."""
    @property
    def fields(self) -> VerifyFields:
        """The fields by name, to be edited in place; the type of the record says which."""

class X86CpuidPolicyRecord(RecordMembers):
    """A record X86_CPUID_POLICY of the libxc stream."""
    type: Literal["X86_CPUID_POLICY"]
    """The type, by its name in the specification; a number in hex if it has none."""
    layer: Literal["libxc"]
    """The stream that the record belongs to."""
    @property
    def fields(self) -> X86CpuidPolicyFields:
        """The fields by name, to be edited in place; the type of the record says which."""
    @property
    def vendor(self) -> str | None:
        """The vendor of the processor, such as GenuineIntel."""
    @property
    def features(self) -> list[str]:
        """The features that the guest sees, by their names in cpufeatureset.h."""
    def feature(self, name: str) -> bool:
        """Whether the guest sees a feature of the processor.

        name: the name in cpufeatureset.h, in lowercase, such as avx2"""
    def set_feature(self, name: str, present: bool) -> bool:
        """Shows or hides a feature; returns whether that changed anything.

        name: the name in cpufeatureset.h, in lowercase, such as avx2
        present: whether the guest shall see it"""

class X86MsrPolicyRecord(RecordMembers):
    """A record X86_MSR_POLICY of the libxc stream."""
    type: Literal["X86_MSR_POLICY"]
    """The type, by its name in the specification; a number in hex if it has none."""
    layer: Literal["libxc"]
    """The stream that the record belongs to."""
    @property
    def fields(self) -> X86MsrPolicyFields:
        """The fields by name, to be edited in place; the type of the record says which."""

class X86PvInfoRecord(RecordMembers):
    """A record X86_PV_INFO of the libxc stream."""
    type: Literal["X86_PV_INFO"]
    """The type, by its name in the specification; a number in hex if it has none."""
    layer: Literal["libxc"]
    """The stream that the record belongs to."""
    @property
    def fields(self) -> X86PvInfoFields:
        """The fields by name, to be edited in place; the type of the record says which."""

class X86PvP2mFramesRecord(RecordMembers):
    """A record X86_PV_P2M_FRAMES of the libxc stream."""
    type: Literal["X86_PV_P2M_FRAMES"]
    """The type, by its name in the specification; a number in hex if it has none."""
    layer: Literal["libxc"]
    """The stream that the record belongs to."""
    @property
    def fields(self) -> X86PvP2mFramesFields:
        """The fields by name, to be edited in place; the type of the record says which."""

class X86PvVcpuBasicRecord(RecordMembers):
    """A record X86_PV_VCPU_BASIC of the libxc stream."""
    type: Literal["X86_PV_VCPU_BASIC"]
    """The type, by its name in the specification; a number in hex if it has none."""
    layer: Literal["libxc"]
    """The stream that the record belongs to."""
    @property
    def fields(self) -> X86PvVcpuBasicFields:
        """The fields by name, to be edited in place; the type of the record says which."""

class X86PvVcpuExtendedRecord(RecordMembers):
    """A record X86_PV_VCPU_EXTENDED of the libxc stream."""
    type: Literal["X86_PV_VCPU_EXTENDED"]
    """The type, by its name in the specification; a number in hex if it has none."""
    layer: Literal["libxc"]
    """The stream that the record belongs to."""
    @property
    def fields(self) -> X86PvVcpuExtendedFields:
        """The fields by name, to be edited in place; the type of the record says which."""

class X86PvVcpuMsrsRecord(RecordMembers):
    """A record X86_PV_VCPU_MSRS of the libxc stream."""
    type: Literal["X86_PV_VCPU_MSRS"]
    """The type, by its name in the specification; a number in hex if it has none."""
    layer: Literal["libxc"]
    """The stream that the record belongs to."""
    @property
    def fields(self) -> X86PvVcpuMsrsFields:
        """The fields by name, to be edited in place; the type of the record says which."""

class X86PvVcpuXsaveRecord(RecordMembers):
    """A record X86_PV_VCPU_XSAVE of the libxc stream."""
    type: Literal["X86_PV_VCPU_XSAVE"]
    """The type, by its name in the specification; a number in hex if it has none."""
    layer: Literal["libxc"]
    """The stream that the record belongs to."""
    @property
    def fields(self) -> X86PvVcpuXsaveFields:
        """The fields by name, to be edited in place; the type of the record says which."""

class X86TscInfoRecord(RecordMembers):
    """A record X86_TSC_INFO of the libxc stream."""
    type: Literal["X86_TSC_INFO"]
    """The type, by its name in the specification; a number in hex if it has none."""
    layer: Literal["libxc"]
    """The stream that the record belongs to."""
    @property
    def fields(self) -> X86TscInfoFields:
        """The fields by name, to be edited in place; the type of the record says which."""

class OtherRecord(RecordMembers):
    """A record of a type that the specification does not name: a number in hex that begins with
    0x."""
    type: Literal["0x"]
    """The type, by its name in the specification; a number in hex if it has none."""
    layer: Literal["libxl", "libxc"]
    """The stream that the record belongs to."""
    @property
    def fields(self) -> dict[str, Any]:
        """The fields by name, to be edited in place; the type of the record says which."""

# One record other than PAGE_DATA, its fields and bytes decoded on demand.
XenRecord = (
    CheckpointEndRecord
    | CheckpointStateRecord
    | EmulatorContextRecord
    | EmulatorXenstoreDataRecord
    | LibxlEndRecord
    | LibxcContextRecord
    | CheckpointRecord
    | CheckpointDirtyPfnListRecord
    | EndRecord
    | HvmContextRecord
    | HvmParamsRecord
    | SharedInfoRecord
    | StaticDataEndRecord
    | ToolstackRecord
    | VerifyRecord
    | X86CpuidPolicyRecord
    | X86MsrPolicyRecord
    | X86PvInfoRecord
    | X86PvP2mFramesRecord
    | X86PvVcpuBasicRecord
    | X86PvVcpuExtendedRecord
    | X86PvVcpuMsrsRecord
    | X86PvVcpuXsaveRecord
    | X86TscInfoRecord
    | OtherRecord
)

class SiteSection:
    """One section of a site in a native image, such as the console log of the guest."""
    @property
    def name(self) -> str:
        """The name, with the namespace of the site."""
    type: str
    """The type of the content, such as text/plain; can be assigned."""
    mandatory: bool
    """Whether a reader that does not know the section must refuse the image; can be assigned."""
    @property
    def length(self) -> int:
        """The length of the content in bytes, as the image has it."""
    bytes: bytearray
    """The content, to be edited in place or assigned."""
    text: str
    """The content as UTF-8 text; can be assigned."""
    @property
    def fields(self) -> dict[str, Any] | None:
        """The fields, to be edited in place; none without a schema of the section that has them."""
    def drop(self) -> None:
        """Leaves the section out, where the format allows it."""

class PageBatch:
    """Up to 1,024 pages. Operations on many pages at once run in Java."""
    @property
    def count(self) -> int:
        """How many pages."""
    @property
    def pfns(self) -> list[int]:
        """The page frame number of each page."""
    @property
    def types(self) -> list[PageType]:
        """The type of each page."""
    def find(
        self,
        text: str | None = ...,
        limit: int | None = ...,
        hex: str | None = ...,
        bytes: BytesLike | None = ...,
        types: PageType | list[PageType] | None = ...,
        pfn_from: int | None = ...,
        pfn_to: int | None = ...,
    ) -> list[BatchMatch]:
        """Searches all pages for one of text, hex or bytes.

        text: what to look for, as text in UTF-8
        limit: at most so many matches; 1024 if absent
        hex: what to look for, in hex digits
        bytes: what to look for, as bytes
        types: only pages of these types; ordinary pages if absent
        pfn_from: the first PFN; 0 if absent
        pfn_to: the PFN after the last; no end if absent"""
    def scrub(
        self,
        text: str | None = ...,
        length: int | None = ...,
        fill: int | None = ...,
        hex: str | None = ...,
        bytes: BytesLike | None = ...,
        types: PageType | list[PageType] | None = ...,
        pfn_from: int | None = ...,
        pfn_to: int | None = ...,
        regex: str | None = ...,
    ) -> int:
        """Overwrites what one of text, hex, bytes or regex finds; returns how many matches there
        were.

        text: what to look for, as text in UTF-8
        length: bytes to overwrite from the start of the match; the match if absent
        fill: the byte to write; 0 if absent
        hex: what to look for, in hex digits
        bytes: what to look for, as bytes
        types: only pages of these types; ordinary pages if absent
        pfn_from: the first PFN; 0 if absent
        pfn_to: the PFN after the last; no end if absent
        regex: what to overwrite, as a regular expression over bytes (RE2, ASCII)"""
    def replace(
        self,
        text: str | None = ...,
        by: str | None = ...,
        hex: str | None = ...,
        bytes: BytesLike | None = ...,
        by_hex: str | None = ...,
        by_bytes: BytesLike | None = ...,
        types: PageType | list[PageType] | None = ...,
        pfn_from: int | None = ...,
        pfn_to: int | None = ...,
    ) -> int:
        """Replaces one pattern by another of the same length; returns how many matches there
        were.

        text: what to look for, as text in UTF-8
        by: what to write, of the same length, as text in UTF-8
        hex: what to look for, in hex digits
        bytes: what to look for, as bytes
        by_hex: what to write, in hex digits
        by_bytes: what to write, as bytes
        types: only pages of these types; ordinary pages if absent
        pfn_from: the first PFN; 0 if absent
        pfn_to: the PFN after the last; no end if absent"""
    def zero(
        self,
        types: PageType | list[PageType] | None = ...,
        pfn_from: int | None = ...,
        pfn_to: int | None = ...,
        contains: str | None = ...,
    ) -> int:
        """Fills whole pages with zeros; returns how many there were.

        types: only pages of these types; ordinary pages if absent
        pfn_from: the first PFN; 0 if absent
        pfn_to: the PFN after the last; no end if absent
        contains: only pages that hold this text"""
    def select(
        self,
        types: PageType | list[PageType] | None = ...,
        pfn_from: int | None = ...,
        pfn_to: int | None = ...,
        zero: bool | None = ...,
        contains: str | None = ...,
    ) -> list[int]:
        """Places in the batch of the pages that meet all conditions.

        types: only pages of these types; all if absent
        pfn_from: the first PFN; 0 if absent
        pfn_to: the PFN after the last; no end if absent
        zero: true for pages of zeros only, false for all others
        contains: only pages that hold this text"""
    def page(self, index: int) -> Page:
        """One page, to read and write its bytes.

        index: the place in the batch, from 0"""

class BatchMatch(TypedDict):
    """Where a search of a batch found something."""
    index: int
    """The page's place in the batch."""
    pfn: int
    """The page frame number."""
    offset: int
    """In bytes from the start of the page."""

class Page:
    """One page of the guest's memory, 4,096 bytes."""
    @property
    def pfn(self) -> int:
        """The page frame number."""
    @property
    def type(self) -> PageType:
        """The type in the image: NOTAB for ordinary pages, L1TAB to L4TAB for page tables."""
    @property
    def has_data(self) -> bool:
        """Whether the image has contents for the page."""
    @property
    def zero(self) -> bool:
        """Whether all bytes are zero."""
    @property
    def crc32c(self) -> int:
        """The CRC-32C of the contents."""
    def u8(self, offset: int) -> int:
        """Reads a byte.

        offset: in bytes from the start of the page"""
    def u16(self, offset: int) -> int:
        """Reads an integer of 16 bits.

        offset: in bytes from the start of the page"""
    def u32(self, offset: int) -> int:
        """Reads an integer of 32 bits.

        offset: in bytes from the start of the page"""
    def u64(self, offset: int) -> int:
        """Reads an integer of 64 bits.

        offset: in bytes from the start of the page"""
    def bytes(self, offset: int | None = ..., length: int | None = ...) -> bytearray:
        """Reads bytes: a copy.

        offset: 0 if absent
        length: to the end of the page if absent"""
    def hexdump(self, offset: int | None = ..., length: int | None = ...) -> str:
        """The bytes in hex and as characters, 16 in a line.

        offset: 0 if absent
        length: to the end of the page if absent"""
    def set_u8(self, offset: int, value: int) -> None:
        """Writes a byte. A page table cannot be written.

        offset: in bytes from the start of the page
        value: unsigned"""
    def set_u16(self, offset: int, value: int) -> None:
        """Writes an integer of 16 bits.

        offset: in bytes from the start of the page
        value: unsigned"""
    def set_u32(self, offset: int, value: int) -> None:
        """Writes an integer of 32 bits.

        offset: in bytes from the start of the page
        value: unsigned"""
    def set_u64(self, offset: int, value: int) -> None:
        """Writes an integer of 64 bits.

        offset: in bytes from the start of the page
        value: unsigned"""
    def set_bytes(self, offset: int, bytes: BytesLike) -> None:
        """Writes bytes.

        offset: in bytes from the start of the page
        bytes: what to write"""
    def fill(self, from_: int | None = ..., to: int | None = ..., byte: int | None = ...) -> None:
        """Writes one byte over a range.

        from_: 0 if absent
        to: the end of the page if absent
        byte: 0 if absent"""

class Image:
    """A whole image, any part of it at any time: what the console and javax.script see."""
    @property
    def format(self) -> str:
        """The format of the file."""
    @property
    def source(self) -> str:
        """The name of the file."""
    @property
    def size(self) -> int:
        """The size of the file in bytes; 0 if it is not known."""
    @property
    def guest(self) -> GuestType | None:
        """The type of guest."""
    @property
    def xen(self) -> str | None:
        """The version of Xen that saved the image, such as 4.17."""
    @property
    def name(self) -> str | None:
        """The name of the domain."""
    @property
    def uuid(self) -> str | None:
        """The UUID of the domain, in lowercase."""
    @property
    def page_size(self) -> int:
        """The size of a page in bytes."""
    @property
    def libxc_version(self) -> int:
        """The version of the libxc stream; 0 if the image has none."""
    @property
    def fault(self) -> str | None:
        """Where and why the image could not be read to its end."""
    @property
    def header(self) -> ImageHeader:
        """The headers, by layer."""
    @property
    def config(self) -> Config | None:
        """The toolstack's config, to be edited in place."""
    @property
    def metadata(self) -> Metadata | None:
        """The site metadata, to be edited in place."""
    @property
    def records(self) -> list[XenRecord]:
        """All records but page data, in the order of the image."""
    @property
    def vcpus(self) -> list[Vcpu]:
        """The registers of each vCPU, whichever record they are in."""
    @property
    def pages(self) -> ImagePages:
        """The pages."""
    def record(self, type: str, index: int | None = ...) -> XenRecord:
        """The first record of a type, or one of several.

        type: the name of the type
        index: which of several; 0 if absent"""
    def page(self, pfn: int) -> Page:
        """One page.

        pfn: the page frame number"""
    def find(
        self,
        text: str | None = ...,
        limit: int | None = ...,
        hex: str | None = ...,
        bytes: BytesLike | None = ...,
        types: PageType | list[PageType] | None = ...,
        pfn_from: int | None = ...,
        pfn_to: int | None = ...,
    ) -> list[ImageMatch]:
        """Searches all pages for one of text, hex or bytes.

        text: what to look for, as text in UTF-8
        limit: at most so many matches; 1024 if absent
        hex: what to look for, in hex digits
        bytes: what to look for, as bytes
        types: only pages of these types; ordinary pages if absent
        pfn_from: the first PFN; 0 if absent
        pfn_to: the PFN after the last; no end if absent"""

class ImageHeader(TypedDict):
    """The headers of the image, by layer."""
    xl: NotRequired[XlHeader]
    """The header of the xl save file."""
    libvirt: NotRequired[LibvirtHeader]
    """The header of a save file of libvirt."""
    libxl: NotRequired[LibxlHeader]
    """The header of the libxl stream."""
    libxc: NotRequired[LibxcHeader]
    """The headers of the libxc stream."""

class XlHeader(TypedDict):
    """The header of an xl save file."""
    byte_order: str
    """LITTLE_ENDIAN or BIG_ENDIAN."""
    mandatory_flags: int
    """Flags that a reader must know."""
    optional_flags: int
    """Flags that a reader may ignore."""

class LibvirtHeader(TypedDict):
    """The header of a save file of libvirt."""
    byte_order: str
    """LITTLE_ENDIAN or BIG_ENDIAN."""
    version: int
    """The version of the file."""

class LibxlHeader(TypedDict):
    """The header of the libxl stream."""
    version: int
    """The version of the stream."""
    options: int
    """The flags of the stream."""

class LibxcHeader(TypedDict):
    """The headers of the libxc stream and of the domain."""
    version: int
    """The version of the stream."""
    options: int
    """The flags of the stream."""
    type: int
    """1 for PV, 2 for HVM and PVH."""
    page_shift: int
    """The binary logarithm of the page size."""
    xen_major: int
    """The major version of Xen."""
    xen_minor: int
    """The minor version of Xen."""

class Vcpu(TypedDict, extra_items=int):
    """The registers of a vCPU by the names of Xen's headers."""
    id: int
    """The number of the vCPU."""
    rip: NotRequired[int]
    """The instruction pointer."""
    eip: NotRequired[int]
    """The instruction pointer of a PV guest of 32 bits."""
    cr3: NotRequired[int]
    """The root of the page tables."""

class ImageMatch(TypedDict):
    """Where a search of an image found something."""
    pfn: int
    """The page frame number."""
    offset: int
    """In bytes from the start of the page."""

class ImagePages:
    """The pages of the image, by PFN."""
    @property
    def count(self) -> int:
        """How many pages there are."""
    @property
    def with_contents(self) -> int:
        """How many pages have contents."""
    @property
    def types(self) -> dict[str, int]:
        """How many pages there are of each type."""
    def pfns(
        self,
        types: PageType | list[PageType] | None = ...,
        pfn_from: int | None = ...,
        pfn_to: int | None = ...,
    ) -> list[int]:
        """The page frame numbers of the pages that meet all conditions.

        types: only pages of these types; all if absent
        pfn_from: the first PFN; 0 if absent
        pfn_to: the PFN after the last; no end if absent"""
    def select(
        self,
        types: PageType | list[PageType] | None = ...,
        pfn_from: int | None = ...,
        pfn_to: int | None = ...,
        zero: bool | None = ...,
        contains: str | None = ...,
    ) -> list[int]:
        """The page frame numbers of the pages that meet all conditions, contents included.

        types: only pages of these types; all if absent
        pfn_from: the first PFN; 0 if absent
        pfn_to: the PFN after the last; no end if absent
        zero: true for pages of zeros only, false for all others
        contains: only pages that hold this text"""

class Test:
    """What a test function is given."""
    @property
    def policy(self) -> str:
        """The file of the policy."""
    def run(
        self,
        policy: Any | None = ...,
        sample: Any | None = ...,
        image: Any | None = ...,
        params: Any | None = ...,
        site: Any | None = ...,
        operation: Any | None = ...,
        operator: Any | None = ...,
        at: Any | None = ...,
        grants: Any | None = ...,
        schema: Any | None = ...,
    ) -> TestResult:
        """Runs the policy over a sample or an image.

        policy: as in a case
        sample: as in a case
        image: as in a case
        params: as in a case
        site: as in a case
        operation: as in a case
        operator: as in a case
        at: as in a case
        grants: as in a case
        schema: as in a case"""
    def equal(
        self,
        found: Any | None = ...,
        expected: Any | None = ...,
        message: str | None = ...,
        /,
    ) -> None:
        """Fails the test unless both are the same tree, number, text or bytes.

        found: what the test looks at
        expected: what it must be
        message: what to say if it fails"""
    def not_equal(
        self,
        found: Any | None = ...,
        other: Any | None = ...,
        message: str | None = ...,
        /,
    ) -> None:
        """Fails the test if both are the same.

        found: what the test looks at
        other: what it must not be
        message: what to say if it fails"""
    def ok(self, found: Any | None = ..., message: str | None = ..., /) -> None:
        """Fails the test unless the value is true, not empty or not 0.

        found: what the test looks at
        message: what to say if it fails"""
    def match(
        self,
        found: Any | None,
        expected: str | Pattern[str],
        message: str | None = ...,
        /,
    ) -> None:
        """Fails the test unless the text matches.

        found: what the test looks at
        expected: a text that occurs, or a regular expression
        message: what to say if it fails"""
    def vetoed(self, result: TestResult, expected: str | Pattern[str] | None = ..., /) -> None:
        """Fails the test unless the run was vetoed.

        result: of t.run
        expected: a text that occurs in the reason, or a regular expression"""
    def failed(self, result: TestResult, expected: str | Pattern[str] | None = ..., /) -> None:
        """Fails the test unless the policy failed.

        result: of t.run
        expected: a text that occurs in the reason, or a regular expression"""
    def unchanged(self, result: TestResult, /) -> None:
        """Fails the test if a byte of the image changed.

        result: of t.run"""
    def fail(self, message: str | None = ..., /) -> NoReturn:
        """Fails the test.

        message: what to say if it fails"""
    def log(self, message: Any, /) -> None:
        """Says something that is shown if the test fails.

        message: what to say"""

class TestResult:
    """What came of a run of policies."""
    @property
    def outcome(self) -> str:
        """How the run ended."""
    @property
    def reason(self) -> str:
        """Why it ended so; may be empty."""
    @property
    def veto(self) -> str | None:
        """The reason of a veto."""
    @property
    def error(self) -> str | None:
        """How the policy failed."""
    @property
    def unchanged(self) -> bool:
        """Whether no byte changed."""
    @property
    def edits(self) -> list[Any]:
        """Every edit."""
    @property
    def log(self) -> list[str]:
        """What the policy logged."""
    @property
    def warnings(self) -> list[str]:
        """What it warned of."""
    @property
    def printed(self) -> list[str]:
        """What it printed."""
    @property
    def pages(self) -> Any:
        """Pages edited, and bytes."""
    @property
    def grants(self) -> dict[str, list[str]]:
        """By grant, what was appended, requested or given to the command."""
    @property
    def before(self) -> Image:
        """The image before."""
    @property
    def image(self) -> Image:
        """The image after."""
    @property
    def config(self) -> Config:
        """The config after."""
    @property
    def metadata(self) -> Metadata:
        """The site metadata after."""
    @property
    def records(self) -> list[XenRecord]:
        """The records after."""
    @property
    def sections(self) -> list[SiteSection]:
        """The sections of sites after."""
    def record(self, type: str, index: int | None = ...) -> XenRecord:
        """A record after.

        type: the name of the type
        index: which of several; 0 if absent"""
    def page(self, pfn: int) -> Page:
        """A page after.

        pfn: the page frame number"""
    def find(
        self,
        text: str | None = ...,
        limit: int | None = ...,
        hex: str | None = ...,
        bytes: BytesLike | None = ...,
        types: PageType | list[PageType] | None = ...,
        pfn_from: int | None = ...,
        pfn_to: int | None = ...,
    ) -> list[ImageMatch]:
        """Where the pages have a text after.

        text: what to look for, as text in UTF-8
        limit: at most so many matches; 1024 if absent
        hex: what to look for, in hex digits
        bytes: what to look for, as bytes
        types: only pages of these types; ordinary pages if absent
        pfn_from: the first PFN; 0 if absent
        pfn_to: the PFN after the last; no end if absent"""

# The fields of CHECKPOINT_END.
CheckpointEndFields = dict[str, Any]

class CheckpointStateFields(TypedDict):
    """The fields of CHECKPOINT_STATE."""
    control_id: int
    """u32"""
    padding: NotRequired[int]
    """u32"""

class EmulatorContextFields(TypedDict):
    """The fields of EMULATOR_CONTEXT."""
    emulator_id: int
    """u32"""
    index: int
    """u32"""
    emulator_ctx: str
    """bytes in hex"""

class EmulatorXenstoreDataFields(TypedDict):
    """The fields of EMULATOR_XENSTORE_DATA."""
    emulator_id: int
    """u32"""
    index: int
    """u32"""
    pairs: list[EmulatorXenstoreDataFieldsPairs]
    """a list of structures"""

class EmulatorXenstoreDataFieldsPairs(TypedDict):
    """pairs"""
    key: str
    """text"""
    value: str
    """text"""

# The fields of END.
LibxlEndFields = dict[str, Any]

# The fields of LIBXC_CONTEXT.
LibxcContextFields = dict[str, Any]

# The fields of CHECKPOINT.
CheckpointFields = dict[str, Any]

class CheckpointDirtyPfnListFields(TypedDict):
    """The fields of CHECKPOINT_DIRTY_PFN_LIST."""
    pfn: list[int]
    """a list of u64"""

# The fields of END.
EndFields = dict[str, Any]

class HvmContextFields(TypedDict):
    """The fields of HVM_CONTEXT."""
    entries: list[HvmContextFieldsEntries]
    """a list of structures"""
    trailing: NotRequired[str]
    """bytes in hex"""

class HvmContextFieldsEntries(TypedDict):
    """entries"""
    typecode: int
    """u16"""
    instance: int
    """u16"""
    end: NotRequired[HvmContextFieldsEntriesEnd]
    """a structure"""
    header: NotRequired[HvmContextFieldsEntriesHeader]
    """a structure"""
    cpu: NotRequired[HvmContextFieldsEntriesCpu]
    """a structure"""
    pic: NotRequired[HvmContextFieldsEntriesPic]
    """a structure"""
    ioapic: NotRequired[HvmContextFieldsEntriesIoapic]
    """a structure"""
    lapic: NotRequired[HvmContextFieldsEntriesLapic]
    """a structure"""
    lapic_regs: NotRequired[HvmContextFieldsEntriesLapicRegs]
    """a structure"""
    pci_irq: NotRequired[HvmContextFieldsEntriesPciIrq]
    """a structure"""
    isa_irq: NotRequired[HvmContextFieldsEntriesIsaIrq]
    """a structure"""
    pci_link: NotRequired[HvmContextFieldsEntriesPciLink]
    """a structure"""
    pit: NotRequired[HvmContextFieldsEntriesPit]
    """a structure"""
    rtc: NotRequired[HvmContextFieldsEntriesRtc]
    """a structure"""
    hpet: NotRequired[HvmContextFieldsEntriesHpet]
    """a structure"""
    pmtimer: NotRequired[HvmContextFieldsEntriesPmtimer]
    """a structure"""
    mtrr: NotRequired[HvmContextFieldsEntriesMtrr]
    """a structure"""
    viridian_domain: NotRequired[HvmContextFieldsEntriesViridianDomain]
    """a structure"""
    cpu_xsave: NotRequired[HvmContextFieldsEntriesCpuXsave]
    """a structure"""
    viridian_vcpu: NotRequired[HvmContextFieldsEntriesViridianVcpu]
    """a structure"""
    vmce_vcpu: NotRequired[HvmContextFieldsEntriesVmceVcpu]
    """a structure"""
    tsc_adjust: NotRequired[HvmContextFieldsEntriesTscAdjust]
    """a structure"""
    cpu_msr: NotRequired[HvmContextFieldsEntriesCpuMsr]
    """a structure"""
    bytes: NotRequired[str]
    """bytes in hex"""

# end
HvmContextFieldsEntriesEnd = dict[str, Any]

class HvmContextFieldsEntriesHeader(TypedDict):
    """header"""
    magic: int
    """u32"""
    version: int
    """u32"""
    changeset: int
    """u64"""
    cpuid: int
    """u32"""
    gtsc_khz: int
    """u32"""

class HvmContextFieldsEntriesCpu(TypedDict):
    """cpu"""
    fpu_regs: str
    """bytes in hex"""
    rax: int
    """u64"""
    rbx: int
    """u64"""
    rcx: int
    """u64"""
    rdx: int
    """u64"""
    rbp: int
    """u64"""
    rsi: int
    """u64"""
    rdi: int
    """u64"""
    rsp: int
    """u64"""
    r8: int
    """u64"""
    r9: int
    """u64"""
    r10: int
    """u64"""
    r11: int
    """u64"""
    r12: int
    """u64"""
    r13: int
    """u64"""
    r14: int
    """u64"""
    r15: int
    """u64"""
    rip: int
    """u64"""
    rflags: int
    """u64"""
    cr0: int
    """u64"""
    cr2: int
    """u64"""
    cr3: int
    """u64"""
    cr4: int
    """u64"""
    dr0: int
    """u64"""
    dr1: int
    """u64"""
    dr2: int
    """u64"""
    dr3: int
    """u64"""
    dr6: int
    """u64"""
    dr7: int
    """u64"""
    cs_sel: int
    """u32"""
    ds_sel: int
    """u32"""
    es_sel: int
    """u32"""
    fs_sel: int
    """u32"""
    gs_sel: int
    """u32"""
    ss_sel: int
    """u32"""
    tr_sel: int
    """u32"""
    ldtr_sel: int
    """u32"""
    cs_limit: int
    """u32"""
    ds_limit: int
    """u32"""
    es_limit: int
    """u32"""
    fs_limit: int
    """u32"""
    gs_limit: int
    """u32"""
    ss_limit: int
    """u32"""
    tr_limit: int
    """u32"""
    ldtr_limit: int
    """u32"""
    idtr_limit: int
    """u32"""
    gdtr_limit: int
    """u32"""
    cs_base: int
    """u64"""
    ds_base: int
    """u64"""
    es_base: int
    """u64"""
    fs_base: int
    """u64"""
    gs_base: int
    """u64"""
    ss_base: int
    """u64"""
    tr_base: int
    """u64"""
    ldtr_base: int
    """u64"""
    idtr_base: int
    """u64"""
    gdtr_base: int
    """u64"""
    cs_arbytes: int
    """u32"""
    ds_arbytes: int
    """u32"""
    es_arbytes: int
    """u32"""
    fs_arbytes: int
    """u32"""
    gs_arbytes: int
    """u32"""
    ss_arbytes: int
    """u32"""
    tr_arbytes: int
    """u32"""
    ldtr_arbytes: int
    """u32"""
    sysenter_cs: int
    """u64"""
    sysenter_esp: int
    """u64"""
    sysenter_eip: int
    """u64"""
    shadow_gs: int
    """u64"""
    msr_flags: int
    """u64"""
    msr_lstar: int
    """u64"""
    msr_star: int
    """u64"""
    msr_cstar: int
    """u64"""
    msr_syscall_mask: int
    """u64"""
    msr_efer: int
    """u64"""
    msr_tsc_aux: NotRequired[int]
    """u64"""
    tsc: int
    """u64"""
    pending_event: int
    """u32"""
    error_code: int
    """u32"""
    flags: NotRequired[int]
    """u32"""
    pad0: NotRequired[str]
    """bytes in hex"""

class HvmContextFieldsEntriesPic(TypedDict):
    """pic"""
    irr: int
    """u8"""
    imr: int
    """u8"""
    isr: int
    """u8"""
    irq_base: int
    """u8"""
    init_state_priority_add: int
    """u8"""
    modes: int
    """u8"""
    elcr: int
    """u8"""
    int_output: int
    """u8"""

class HvmContextFieldsEntriesIoapic(TypedDict):
    """ioapic"""
    base_address: int
    """u64"""
    ioregsel: int
    """u32"""
    id: int
    """u32"""
    redirtbl: list[int]
    """a list of u64"""

class HvmContextFieldsEntriesLapic(TypedDict):
    """lapic"""
    apic_base_msr: int
    """u64"""
    disabled: int
    """u32"""
    timer_divisor: int
    """u32"""
    tdt_msr: NotRequired[int]
    """u64"""
    pending_esr: NotRequired[int]
    """u32"""
    _pad: NotRequired[str]
    """bytes in hex"""

class HvmContextFieldsEntriesLapicRegs(TypedDict):
    """lapic_regs"""
    _res_000: NotRequired[str]
    """bytes in hex"""
    id: int
    """u32"""
    _res_024: NotRequired[str]
    """bytes in hex"""
    version: int
    """u32"""
    _res_034: NotRequired[str]
    """bytes in hex"""
    tpr: int
    """u32"""
    _res_084: NotRequired[str]
    """bytes in hex"""
    apr: int
    """u32"""
    _res_094: NotRequired[str]
    """bytes in hex"""
    ppr: int
    """u32"""
    _res_0a4: NotRequired[str]
    """bytes in hex"""
    eoi: int
    """u32"""
    _res_0b4: NotRequired[str]
    """bytes in hex"""
    rrd: int
    """u32"""
    _res_0c4: NotRequired[str]
    """bytes in hex"""
    ldr: int
    """u32"""
    _res_0d4: NotRequired[str]
    """bytes in hex"""
    dfr: int
    """u32"""
    _res_0e4: NotRequired[str]
    """bytes in hex"""
    svr: int
    """u32"""
    _res_0f4: NotRequired[str]
    """bytes in hex"""
    isr: list[int]
    """a list of u32"""
    _isr_gaps: NotRequired[str]
    """bytes in hex"""
    tmr: list[int]
    """a list of u32"""
    _tmr_gaps: NotRequired[str]
    """bytes in hex"""
    irr: list[int]
    """a list of u32"""
    _irr_gaps: NotRequired[str]
    """bytes in hex"""
    esr: int
    """u32"""
    _res_284: NotRequired[str]
    """bytes in hex"""
    lvt_cmci: int
    """u32"""
    _res_2f4: NotRequired[str]
    """bytes in hex"""
    icr: int
    """u32"""
    _res_304: NotRequired[str]
    """bytes in hex"""
    icr2: int
    """u32"""
    _res_314: NotRequired[str]
    """bytes in hex"""
    lvt_timer: int
    """u32"""
    _res_324: NotRequired[str]
    """bytes in hex"""
    lvt_thermal: int
    """u32"""
    _res_334: NotRequired[str]
    """bytes in hex"""
    lvt_performance: int
    """u32"""
    _res_344: NotRequired[str]
    """bytes in hex"""
    lvt_lint0: int
    """u32"""
    _res_354: NotRequired[str]
    """bytes in hex"""
    lvt_lint1: int
    """u32"""
    _res_364: NotRequired[str]
    """bytes in hex"""
    lvt_error: int
    """u32"""
    _res_374: NotRequired[str]
    """bytes in hex"""
    timer_initial: int
    """u32"""
    _res_384: NotRequired[str]
    """bytes in hex"""
    timer_current: int
    """u32"""
    _res_394: NotRequired[str]
    """bytes in hex"""
    timer_divide: int
    """u32"""
    _res_3e4: NotRequired[str]
    """bytes in hex"""

class HvmContextFieldsEntriesPciIrq(TypedDict):
    """pci_irq"""
    i: list[int]
    """a list of u64"""

class HvmContextFieldsEntriesIsaIrq(TypedDict):
    """isa_irq"""
    i: list[int]
    """a list of u64"""

class HvmContextFieldsEntriesPciLink(TypedDict):
    """pci_link"""
    route: list[int]
    """a list of u8"""
    pad0: NotRequired[str]
    """bytes in hex"""

class HvmContextFieldsEntriesPit(TypedDict):
    """pit"""
    channels: list[HvmContextFieldsEntriesPitChannels]
    """a list of structures"""
    speaker_data_on: int
    """u32"""
    pad0: NotRequired[str]
    """bytes in hex"""

class HvmContextFieldsEntriesPitChannels(TypedDict):
    """channels"""
    count: int
    """u32"""
    latched_count: int
    """u16"""
    count_latched: int
    """u8"""
    status_latched: int
    """u8"""
    status: int
    """u8"""
    read_state: int
    """u8"""
    write_state: int
    """u8"""
    write_latch: int
    """u8"""
    rw_mode: int
    """u8"""
    mode: int
    """u8"""
    bcd: int
    """u8"""
    gate: int
    """u8"""

class HvmContextFieldsEntriesRtc(TypedDict):
    """rtc"""
    cmos_data: str
    """bytes in hex"""
    cmos_index: int
    """u8"""
    pad0: NotRequired[str]
    """bytes in hex"""
    rtc_offset: int
    """u64"""

class HvmContextFieldsEntriesHpet(TypedDict):
    """hpet"""
    capability: int
    """u64"""
    res0: NotRequired[str]
    """bytes in hex"""
    config: int
    """u64"""
    res1: NotRequired[str]
    """bytes in hex"""
    isr: int
    """u64"""
    res2: NotRequired[str]
    """bytes in hex"""
    mc64: int
    """u64"""
    res3: NotRequired[str]
    """bytes in hex"""
    timers: list[HvmContextFieldsEntriesHpetTimers]
    """a list of structures"""
    res5: NotRequired[str]
    """bytes in hex"""
    period: list[int]
    """a list of u64"""

class HvmContextFieldsEntriesHpetTimers(TypedDict):
    """timers"""
    config: int
    """u64"""
    cmp: int
    """u64"""
    fsb: int
    """u64"""
    res4: NotRequired[str]
    """bytes in hex"""

class HvmContextFieldsEntriesPmtimer(TypedDict):
    """pmtimer"""
    tmr_val: int
    """u32"""
    pm1a_sts: int
    """u16"""
    pm1a_en: int
    """u16"""

class HvmContextFieldsEntriesMtrr(TypedDict):
    """mtrr"""
    msr_pat_cr: int
    """u64"""
    msr_mtrr_var: list[int]
    """a list of u64"""
    msr_mtrr_fixed: list[int]
    """a list of u64"""
    msr_mtrr_cap: int
    """u64"""
    msr_mtrr_def_type: int
    """u64"""

class HvmContextFieldsEntriesViridianDomain(TypedDict):
    """viridian_domain"""
    hypercall_gpa: int
    """u64"""
    guest_os_id: int
    """u64"""
    time_ref_count: NotRequired[int]
    """u64"""
    reference_tsc: NotRequired[int]
    """u64"""

class HvmContextFieldsEntriesCpuXsave(TypedDict):
    """cpu_xsave"""
    xfeature_mask: int
    """u64"""
    xcr0: int
    """u64"""
    xcr0_accum: int
    """u64"""
    save_area: HvmContextFieldsEntriesCpuXsaveSaveArea
    """a structure"""

class HvmContextFieldsEntriesCpuXsaveSaveArea(TypedDict):
    """save_area"""
    fpu_sse: str
    """bytes in hex"""
    xsave_hdr: HvmContextFieldsEntriesCpuXsaveSaveAreaXsaveHdr
    """a structure"""
    extended: str
    """bytes in hex"""

class HvmContextFieldsEntriesCpuXsaveSaveAreaXsaveHdr(TypedDict):
    """xsave_hdr"""
    xstate_bv: int
    """u64"""
    xcomp_bv: int
    """u64"""
    reserved: NotRequired[str]
    """bytes in hex"""

class HvmContextFieldsEntriesViridianVcpu(TypedDict):
    """viridian_vcpu"""
    vp_assist_msr: int
    """u64"""
    apic_assist_pending: NotRequired[int]
    """u8"""
    _pad: NotRequired[str]
    """bytes in hex"""
    simp_msr: NotRequired[int]
    """u64"""
    sint_msr: NotRequired[list[int]]
    """a list of u64"""
    stimer_config_msr: NotRequired[list[int]]
    """a list of u64"""
    stimer_count_msr: NotRequired[list[int]]
    """a list of u64"""

class HvmContextFieldsEntriesVmceVcpu(TypedDict):
    """vmce_vcpu"""
    caps: int
    """u64"""
    mci_ctl2_bank0: NotRequired[int]
    """u64"""
    mci_ctl2_bank1: NotRequired[int]
    """u64"""
    mcg_ext_ctl: NotRequired[int]
    """u64"""

class HvmContextFieldsEntriesTscAdjust(TypedDict):
    """tsc_adjust"""
    tsc_adjust: int
    """u64"""

class HvmContextFieldsEntriesCpuMsr(TypedDict):
    """cpu_msr"""
    _pad: NotRequired[str]
    """bytes in hex"""
    msr: list[HvmContextFieldsEntriesCpuMsrMsr]
    """a list of structures"""

class HvmContextFieldsEntriesCpuMsrMsr(TypedDict):
    """msr"""
    index: int
    """u32"""
    _rsvd: int
    """u32"""
    val: int
    """u64"""

class HvmParamsFields(TypedDict):
    """The fields of HVM_PARAMS."""
    reserved: int
    """u32"""
    param: list[HvmParamsFieldsParam]
    """a list of structures"""

class HvmParamsFieldsParam(TypedDict):
    """param"""
    index: int
    """u64"""
    value: int
    """u64"""

class SharedInfoFields(TypedDict):
    """The fields of SHARED_INFO."""
    vcpu_info: list[SharedInfoFieldsVcpuInfo]
    """a list of structures"""
    evtchn_pending: list[int]
    """a list of u64 or a list of u32"""
    evtchn_mask: list[int]
    """a list of u64 or a list of u32"""
    wc_version: int
    """u32"""
    wc_sec: int
    """u32"""
    wc_nsec: int
    """u32"""
    wc_sec_hi: NotRequired[int]
    """u32"""
    arch: SharedInfoFieldsArch
    """a structure"""
    rest: str
    """bytes in hex"""

class SharedInfoFieldsVcpuInfo(TypedDict):
    """vcpu_info"""
    evtchn_upcall_pending: int
    """u8"""
    evtchn_upcall_mask: int
    """u8"""
    _pad: NotRequired[str]
    """bytes in hex"""
    evtchn_pending_sel: int
    """u64 or u32"""
    arch: SharedInfoFieldsVcpuInfoArch
    """a structure"""
    time: SharedInfoFieldsVcpuInfoTime
    """a structure"""

class SharedInfoFieldsVcpuInfoArch(TypedDict):
    """arch"""
    cr2: int
    """u64 or u32"""
    pad: NotRequired[str]
    """bytes in hex"""

class SharedInfoFieldsVcpuInfoTime(TypedDict):
    """time"""
    version: int
    """u32"""
    pad0: NotRequired[str]
    """bytes in hex"""
    tsc_timestamp: int
    """u64"""
    system_time: int
    """u64"""
    tsc_to_system_mul: int
    """u32"""
    tsc_shift: int
    """u8"""
    flags: int
    """u8"""
    pad1: NotRequired[str]
    """bytes in hex"""

class SharedInfoFieldsArch(TypedDict):
    """arch"""
    max_pfn: int
    """u64 or u32"""
    pfn_to_mfn_frame_list_list: int
    """u64 or u32"""
    nmi_reason: int
    """u64 or u32"""
    p2m_cr3: int
    """u64 or u32"""
    p2m_vaddr: int
    """u64 or u32"""
    p2m_generation: int
    """u64 or u32"""
    wc_sec_hi: NotRequired[int]
    """u32"""

# The fields of STATIC_DATA_END.
StaticDataEndFields = dict[str, Any]

class ToolstackFields(TypedDict):
    """The fields of TOOLSTACK."""
    data: str
    """bytes in hex"""

# The fields of VERIFY.
VerifyFields = dict[str, Any]

class X86CpuidPolicyFields(TypedDict):
    """The fields of X86_CPUID_POLICY."""
    leaves: list[X86CpuidPolicyFieldsLeaves]
    """a list of structures"""

class X86CpuidPolicyFieldsLeaves(TypedDict):
    """leaves"""
    leaf: int
    """u32"""
    subleaf: int
    """u32"""
    eax: int
    """u32"""
    ebx: int
    """u32"""
    ecx: int
    """u32"""
    edx: int
    """u32"""

class X86MsrPolicyFields(TypedDict):
    """The fields of X86_MSR_POLICY."""
    msrs: list[X86MsrPolicyFieldsMsrs]
    """a list of structures"""

class X86MsrPolicyFieldsMsrs(TypedDict):
    """msrs"""
    index: int
    """u32"""
    flags: int
    """u32"""
    value: int
    """u64"""

class X86PvInfoFields(TypedDict):
    """The fields of X86_PV_INFO."""
    guest_width: int
    """u8"""
    pt_levels: int
    """u8"""
    reserved: str
    """bytes in hex"""

class X86PvP2mFramesFields(TypedDict):
    """The fields of X86_PV_P2M_FRAMES."""
    p2m_start_pfn: int
    """u32"""
    p2m_end_pfn: int
    """u32"""
    p2m_pfn: list[int]
    """a list of u64"""

class X86PvVcpuBasicFields(TypedDict):
    """The fields of X86_PV_VCPU_BASIC."""
    vcpu_id: int
    """u32"""
    reserved: int
    """u32"""
    fpu_ctxt: NotRequired[str]
    """bytes in hex"""
    flags: NotRequired[int]
    """u64 or u32"""
    user_regs: NotRequired[X86PvVcpuBasicFieldsUserRegs]
    """a structure"""
    trap_ctxt: NotRequired[list[X86PvVcpuBasicFieldsTrapCtxt]]
    """a list of structures"""
    ldt_base: NotRequired[int]
    """u64 or u32"""
    ldt_ents: NotRequired[int]
    """u64 or u32"""
    gdt_frames: NotRequired[list[int]]
    """a list of u64 or a list of u32"""
    gdt_ents: NotRequired[int]
    """u64 or u32"""
    kernel_ss: NotRequired[int]
    """u64 or u32"""
    kernel_sp: NotRequired[int]
    """u64 or u32"""
    ctrlreg: NotRequired[list[int]]
    """a list of u64 or a list of u32"""
    debugreg: NotRequired[list[int]]
    """a list of u64 or a list of u32"""
    event_callback_eip: NotRequired[int]
    """u64 or u32"""
    failsafe_callback_eip: NotRequired[int]
    """u64 or u32"""
    syscall_callback_eip: NotRequired[int]
    """u64"""
    vm_assist: NotRequired[int]
    """u64 or u32"""
    fs_base: NotRequired[int]
    """u64"""
    gs_base_kernel: NotRequired[int]
    """u64"""
    gs_base_user: NotRequired[int]
    """u64"""
    event_callback_cs: NotRequired[int]
    """u32"""
    failsafe_callback_cs: NotRequired[int]
    """u32"""

class X86PvVcpuBasicFieldsUserRegs(TypedDict):
    """user_regs"""
    r15: NotRequired[int]
    """u64"""
    r14: NotRequired[int]
    """u64"""
    r13: NotRequired[int]
    """u64"""
    r12: NotRequired[int]
    """u64"""
    rbp: NotRequired[int]
    """u64"""
    rbx: NotRequired[int]
    """u64"""
    r11: NotRequired[int]
    """u64"""
    r10: NotRequired[int]
    """u64"""
    r9: NotRequired[int]
    """u64"""
    r8: NotRequired[int]
    """u64"""
    rax: NotRequired[int]
    """u64"""
    rcx: NotRequired[int]
    """u64"""
    rdx: NotRequired[int]
    """u64"""
    rsi: NotRequired[int]
    """u64"""
    rdi: NotRequired[int]
    """u64"""
    error_code: int
    """u32 or u16"""
    entry_vector: int
    """u32 or u16"""
    rip: NotRequired[int]
    """u64"""
    cs: int
    """u16"""
    _pad0: NotRequired[str]
    """bytes in hex"""
    saved_upcall_mask: int
    """u8"""
    _pad1: NotRequired[str]
    """bytes in hex"""
    rflags: NotRequired[int]
    """u64"""
    rsp: NotRequired[int]
    """u64"""
    ss: int
    """u16"""
    _pad2: NotRequired[str]
    """bytes in hex"""
    es: int
    """u16"""
    _pad3: NotRequired[str]
    """bytes in hex"""
    ds: int
    """u16"""
    _pad4: NotRequired[str]
    """bytes in hex"""
    fs: int
    """u16"""
    _pad5: NotRequired[str]
    """bytes in hex"""
    gs: int
    """u16"""
    _pad6: NotRequired[str]
    """bytes in hex"""
    ebx: NotRequired[int]
    """u32"""
    ecx: NotRequired[int]
    """u32"""
    edx: NotRequired[int]
    """u32"""
    esi: NotRequired[int]
    """u32"""
    edi: NotRequired[int]
    """u32"""
    ebp: NotRequired[int]
    """u32"""
    eax: NotRequired[int]
    """u32"""
    eip: NotRequired[int]
    """u32"""
    eflags: NotRequired[int]
    """u32"""
    esp: NotRequired[int]
    """u32"""

class X86PvVcpuBasicFieldsTrapCtxt(TypedDict):
    """trap_ctxt"""
    vector: int
    """u8"""
    flags: int
    """u8"""
    cs: int
    """u16"""
    _pad: NotRequired[str]
    """bytes in hex"""
    address: int
    """u64 or u32"""

class X86PvVcpuExtendedFields(TypedDict):
    """The fields of X86_PV_VCPU_EXTENDED."""
    vcpu_id: int
    """u32"""
    reserved: int
    """u32"""
    vcpu: NotRequired[int]
    """u32"""
    size: NotRequired[int]
    """u32"""
    syscall32_callback_eip: NotRequired[int]
    """u64"""
    sysenter_callback_eip: NotRequired[int]
    """u64"""
    syscall32_callback_cs: NotRequired[int]
    """u16"""
    sysenter_callback_cs: NotRequired[int]
    """u16"""
    syscall32_disables_events: NotRequired[int]
    """u8"""
    sysenter_disables_events: NotRequired[int]
    """u8"""
    _pad: NotRequired[str]
    """bytes in hex"""
    vmce: NotRequired[X86PvVcpuExtendedFieldsVmce]
    """a structure"""
    context: NotRequired[str]
    """bytes in hex"""

class X86PvVcpuExtendedFieldsVmce(TypedDict):
    """vmce"""
    caps: int
    """u64"""
    mci_ctl2_bank0: NotRequired[int]
    """u64"""
    mci_ctl2_bank1: NotRequired[int]
    """u64"""
    mcg_ext_ctl: NotRequired[int]
    """u64"""

class X86PvVcpuMsrsFields(TypedDict):
    """The fields of X86_PV_VCPU_MSRS."""
    vcpu_id: int
    """u32"""
    reserved: int
    """u32"""
    msrs: list[X86PvVcpuMsrsFieldsMsrs]
    """a list of structures"""

class X86PvVcpuMsrsFieldsMsrs(TypedDict):
    """msrs"""
    index: int
    """u32"""
    reserved: int
    """u32"""
    value: int
    """u64"""

class X86PvVcpuXsaveFields(TypedDict):
    """The fields of X86_PV_VCPU_XSAVE."""
    vcpu_id: int
    """u32"""
    reserved: int
    """u32"""
    xcr0: NotRequired[int]
    """u64"""
    xcr0_accum: NotRequired[int]
    """u64"""
    save_area: NotRequired[str | X86PvVcpuXsaveFieldsSaveArea]
    """a structure or bytes in hex"""

class X86PvVcpuXsaveFieldsSaveArea(TypedDict):
    """save_area"""
    fpu_sse: str
    """bytes in hex"""
    xsave_hdr: X86PvVcpuXsaveFieldsSaveAreaXsaveHdr
    """a structure"""
    extended: str
    """bytes in hex"""

class X86PvVcpuXsaveFieldsSaveAreaXsaveHdr(TypedDict):
    """xsave_hdr"""
    xstate_bv: int
    """u64"""
    xcomp_bv: int
    """u64"""
    reserved: NotRequired[str]
    """bytes in hex"""

class X86TscInfoFields(TypedDict):
    """The fields of X86_TSC_INFO."""
    mode: int
    """u32"""
    khz: int
    """u32"""
    nsec: int
    """u64"""
    incarnation: int
    """u32"""
    reserved: int
    """u32"""

class OnBegin(Protocol):
    """Called once, before anything is read of the image but its headers: declares page rules,
    refuses a run."""
    def __call__(self, ctx: Context, /) -> None: ...

class OnConfig(Protocol):
    """Called with the toolstack's config, if the image has one, to edit it in place: xl's JSON,
    or libvirt's XML or xenopsd's record as a tree."""
    def __call__(self, config: Config, ctx: Context, /) -> None: ...

class OnMetadata(Protocol):
    """Called with the site metadata, to edit it in place: keys with the namespace of the site."""
    def __call__(self, meta: Metadata, ctx: Context, /) -> None: ...

class OnRecord(Protocol):
    """Called for each record but page data, to edit, drop or replace it, or to insert others
    beside it."""
    def __call__(self, record: XenRecord, ctx: Context, /) -> None: ...

class OnPages(Protocol):
    """Called for each batch of pages, after the page rules, to search and edit them."""
    def __call__(self, batch: PageBatch, ctx: Context, /) -> None: ...

class OnSection(Protocol):
    """Called for each site section of a native image, when its pages have ended, to read, edit
    or drop it."""
    def __call__(self, section: SiteSection, ctx: Context, /) -> None: ...

class OnEnd(Protocol):
    """Called when the image is complete; the last chance to refuse the run."""
    def __call__(self, summary: Summary, ctx: Context, /) -> None: ...

class OnFailure(Protocol):
    """Called for every policy that began, the last first, if the run fails."""
    def __call__(self, error: Failure, ctx: Context, /) -> None: ...

class Hooks(TypedDict, total=False):
    """The hooks of a policy, by name."""
    on_begin: OnBegin
    on_config: OnConfig
    on_metadata: OnMetadata
    on_record: OnRecord
    on_pages: OnPages
    on_section: OnSection
    on_end: OnEnd
    on_failure: OnFailure
