// The policy API of Xenimage, api 1, for editors and the TypeScript compiler.
// Written by `xenimage policy types`; do not edit it.
//
// In a policy:
//   /** @import { Policy, OnConfig } from './xenimage' */
//
//   /** @type {Policy} */
//   export const policy = { api: 1, name: 'mine' };
//
//   /** @type {OnConfig} */
//   export function onConfig(config, ctx) { … }

/** What is read as bytes; a string gives its UTF-8. */
export type Bytes = Uint8Array | ArrayBuffer | string | number[];

export type Operation =
  | 'save'
  | 'restore'
  | 'migrate-out'
  | 'migrate-in'
  | 'rewrite';

export type GrantKind =
  | 'read'
  | 'folder'
  | 'append'
  | 'http'
  | 'run'
  | 'env';

export type GuestType =
  | 'pv'
  | 'hvm'
  | 'pvh';

export type ParameterType =
  | 'string'
  | 'integer'
  | 'number'
  | 'boolean'
  | 'array'
  | 'object';

export type PageType =
  | 'NOTAB'
  | 'L1TAB'
  | 'L2TAB'
  | 'L3TAB'
  | 'L4TAB'
  | 'RESERVED_5'
  | 'RESERVED_6'
  | 'RESERVED_7'
  | 'RESERVED_8'
  | 'L1TAB_PIN'
  | 'L2TAB_PIN'
  | 'L3TAB_PIN'
  | 'L4TAB_PIN'
  | 'BROKEN'
  | 'XALLOC'
  | 'XTAB';

export type Across =
  | 'batch'
  | 'virtual';

/** The header of a policy: a literal, read before any of its code runs. */
export interface Policy {
  /** The version of this API that the policy is written for. */
  api: 1;
  /** The name; that of the file if absent. */
  name?: string;
  /** The version of the policy, for logs and provenance. */
  version?: string | number;
  /** The operations that it runs in; all if absent. */
  on?: Operation | Array<Operation>;
  /** The domains that it is for; all if absent. */
  match?: PolicyMatch;
  /** Whether a failure ends the run (the default) or only this policy. */
  onError?: 'abort' | 'skip';
  /** The parameters by name: a default each, or an object. */
  params?: Record<string, PolicyParameter | string | number | boolean | Array<any>>;
  /** Limits of its own. */
  limits?: PolicyLimits;
  /** The grants that a policy set must give it, by name: see ctx.grant. */
  wants?: Record<string, GrantKind>;
  /** What the policy is for. */
  doc?: string;
}

/** Which domains a policy is for, decided before any of its code runs. */
export interface PolicyMatch {
  /** The types of guest. */
  guest?: GuestType | Array<GuestType>;
  /** The name of the domain: a text, a glob with * and ?, or a pattern. */
  name?: string | RegExp;
  /** The UUID of the domain, likewise. */
  uuid?: string | RegExp;
}

/** A parameter that --set can set. */
export interface PolicyParameter {
  /** Its type; that of its default if absent. */
  type?: ParameterType;
  /** The only values allowed. */
  enum?: Array<any>;
  /** The least number allowed. */
  minimum?: number;
  /** The greatest number allowed. */
  maximum?: number;
  /** A regular expression that a text must match. */
  pattern?: string | RegExp;
  /** What the policy gets if nothing is set. */
  default?: any;
  /** What it is for; policy show prints it. */
  doc?: string;
  /** Whether it must be set. */
  required?: boolean;
  /** Whether reports and logs hide its value. */
  secret?: boolean;
}

/** Limits for each call of a hook and for a run; they can only lower the host's. */
export interface PolicyLimits {
  /** Time of a call. */
  milliseconds?: number;
  /** Memory that a call allocates. */
  kilobytes?: number;
  /** Statements of a call, in JavaScript only. */
  statements?: number;
  /** Processor time of a call. */
  processorMilliseconds?: number;
  /** Total time of all calls in a run. */
  runMilliseconds?: number;
  /** Total processor time of all calls in a run. */
  runProcessorMilliseconds?: number;
  /** Total memory that all calls in a run allocate. */
  runKilobytes?: number;
}

/** The toolstack's config, libxl_domain_config as xl writes it; these are its usual keys. */
export interface Config {
  /** How the domain is created. */
  c_info: ConfigCreate;
  /** How the domain is built. */
  b_info: ConfigBuild;
  /** The disks. */
  disks?: Array<ConfigDisk>;
  /** The network interfaces. */
  nics?: Array<ConfigNic>;
  [name: string]: any;
}

/** How the domain is created. */
export interface ConfigCreate {
  /** The name of the domain. */
  name: string;
  /** The UUID of the domain. */
  uuid?: string;
  /** pv, hvm or pvh. */
  type?: string;
  /** More keys for xenstore. */
  xsdata?: Record<string, any>;
  /** More keys for xenstore's platform. */
  platformdata?: Record<string, any>;
  [name: string]: any;
}

/** How the domain is built. */
export interface ConfigBuild {
  /** How many vCPUs there can be. */
  max_vcpus?: number;
  /** The most memory, in KiB. */
  max_memkb?: number;
  /** The memory at the start, in KiB. */
  target_memkb?: number;
  /** The file of the kernel. */
  kernel?: string;
  /** The file of the initial RAM disk. */
  ramdisk?: string;
  /** The kernel's command line. */
  cmdline?: string;
  [name: string]: any;
}

/** A disk. */
export interface ConfigDisk {
  /** The name in the guest, such as xvda. */
  vdev?: string;
  /** The device or the file behind it. */
  pdev_path?: string;
  /** phy, tap or qdisk. */
  backend?: string;
  /** raw, qcow2, … */
  format?: string;
  /** The hotplug script. */
  script?: string;
  /** 1 if the guest can write. */
  readwrite?: number;
  [name: string]: any;
}

/** A network interface. */
export interface ConfigNic {
  /** The number of the interface. */
  devid?: number;
  /** The address. */
  mac?: string;
  /** The bridge of the host. */
  bridge?: string;
  /** The hotplug script. */
  script?: string;
  /** The IP address for the hotplug script. */
  ip?: string;
  /** The name of the interface in the host. */
  ifname?: string;
  /** vif or vif_ioemu. */
  nictype?: string;
  [name: string]: any;
}

/** Site metadata: any keys, with the namespace of the site. */
export interface Metadata {
  [name: string]: any;
}

/** What a policy did in a run. */
export interface Summary {
  /** The name of the policy. */
  policy: string;
  /** The version of the policy. */
  version: string;
  /** The SHA-256 of its source. */
  digest: string;
  /** What was done. */
  operation: string;
  /** Who ran it. */
  operator: string;
  /** When the run began. */
  time: string;
  /** How many edits the policy made. */
  edits: number;
  /** How many pages it edited. */
  pages: number;
  /** How many bytes of pages it edited. */
  bytes: number;
}

/** What failed. */
export interface Failure {
  /** Where and why. */
  message: string;
  /** The kind of failure, such as PolicyRejected. */
  kind: string;
}

/** The run, as one policy sees it. */
export interface Context {
  /** What is being done. */
  readonly operation: Operation;
  /** What is known of the image before its records are read. */
  readonly image: ImageFacts;
  /** The site file of --site, read-only. */
  readonly site: Record<string, any>;
  /** The policy's parameters: what --set says, else the defaults of the header. */
  readonly params: Record<string, any>;
  /** Who runs the operation. */
  readonly operator: string;
  /** When the run began, in ISO 8601: the only clock a policy sees. */
  readonly now: string;
  /** Declares rules that run over all pages at the speed of Java; in onBegin only. */
  readonly pages: PageRules;
  /**
   * Writes a line to the decision log.
   * @param message what to say
   */
  log(message: any): void;
  /**
   * Writes a warning to the decision log and the report.
   * @param message what to say
   */
  warn(message: any): void;
  /**
   * Registers an undo for a side effect; if the run fails later, the last is called first.
   * @param undo called once, with what failed
   */
  onFailure(undo: (error: Failure) => unknown): void;
  /**
   * Something outside the image that a policy set grants this policy.
   * @param name its name in wants
   */
  grant(name: string): Grant;
  /**
   * Adds a site section to the image that is written, which must be a native one.
   * @param name a namespace of the site, a dot and a name
   * @param type of the content, such as text/plain
   * @param content the content, or its fields by the schema of the section
   * @param mandatory whether a reader that does not know it must refuse the image
   */
  addSection(
    name: string,
    type: string,
    content: Bytes | Record<string, any>,
    mandatory?: boolean,
  ): void;
  /**
   * Writes the image as Xen before 4.14 reads it; in onBegin only.
   * @param version of the libxc stream
   */
  downgrade(version: 2): void;
  /**
   * Refuses the run: nothing is written, and a guest stays where it is.
   * @param reason why, for the report
   */
  veto(reason?: string): never;
}

/** What is known of the image before its records are read. */
export interface ImageFacts {
  /** xl, libxl or libxc. */
  readonly format: string;
  /** The type of guest. */
  readonly guest: GuestType | null;
  /** The version of Xen that saved the image, such as 4.17. */
  readonly xen: string | null;
  /** The version of the libxc stream: 2, or 3 since Xen 4.14. */
  readonly libxcVersion: number | null;
  /** The size of a page in bytes. */
  readonly pageSize: number;
  /** The name of the domain. */
  readonly name: string | null;
  /** The UUID of the domain, in lowercase. */
  readonly uuid: string | null;
}

/** Declares rules in onBegin; they run over every page in Java, without calls of the script. */
export interface PageRules {
  /** Overwrites what one of text, hex, bytes or regex finds, in every page. */
  scrub(options?: PageRulesScrubOptions): void;
  /** Overwrites what one of text, hex, bytes or regex finds, in every page. */
  scrub(text: string, options: Omit<PageRulesScrubOptions, 'text'>): void;
  /**
   * Overwrites what one of text, hex, bytes or regex finds, in every page.
   * @param text what to look for, as text in UTF-8
   * @param length bytes to overwrite from the start of the match; the match if absent
   * @param fill the byte to write; 0 if absent
   * @param hex what to look for, in hex digits
   * @param bytes what to look for, as bytes
   * @param types only pages of these types; ordinary pages if absent
   * @param pfnFrom the first PFN; 0 if absent
   * @param pfnTo the PFN after the last; no end if absent
   * @param regex what to overwrite, as a regular expression over bytes (RE2, ASCII)
   * @param across 'virtual' also joins pages of two batches and of virtual memory
   * @param edge bytes at the edge of a page that match if the image is read once; 4 if absent
   */
  scrub(
    text?: string,
    length?: number,
    fill?: number,
    hex?: string,
    bytes?: Bytes,
    types?: PageType | Array<PageType>,
    pfnFrom?: number,
    pfnTo?: number,
    regex?: string,
    across?: Across,
    edge?: number,
  ): void;
  /** Replaces one pattern by another of the same length, in every page. */
  replace(options?: PageRulesReplaceOptions): void;
  /** Replaces one pattern by another of the same length, in every page. */
  replace(text: string, options: Omit<PageRulesReplaceOptions, 'text'>): void;
  /**
   * Replaces one pattern by another of the same length, in every page.
   * @param text what to look for, as text in UTF-8
   * @param by what to write, of the same length, as text in UTF-8
   * @param hex what to look for, in hex digits
   * @param bytes what to look for, as bytes
   * @param byHex what to write, in hex digits
   * @param byBytes what to write, as bytes
   * @param types only pages of these types; ordinary pages if absent
   * @param pfnFrom the first PFN; 0 if absent
   * @param pfnTo the PFN after the last; no end if absent
   */
  replace(
    text?: string,
    by?: string,
    hex?: string,
    bytes?: Bytes,
    byHex?: string,
    byBytes?: Bytes,
    types?: PageType | Array<PageType>,
    pfnFrom?: number,
    pfnTo?: number,
  ): void;
  /** Fills whole pages with zeros, by their types and PFNs. */
  zero(options?: PageRulesZeroOptions): void;
  /** Fills whole pages with zeros, by their types and PFNs. */
  zero(types: PageType | Array<PageType>, options: Omit<PageRulesZeroOptions, 'types'>): void;
  /**
   * Fills whole pages with zeros, by their types and PFNs.
   * @param types only pages of these types; ordinary pages if absent
   * @param pfnFrom the first PFN; 0 if absent
   * @param pfnTo the PFN after the last; no end if absent
   * @param contains only pages that hold this text
   */
  zero(
    types?: PageType | Array<PageType>,
    pfnFrom?: number,
    pfnTo?: number,
    contains?: string,
  ): void;
  /** Fills the pages with zeros that the guest's Linux kernel says are free. */
  zeroFree(options?: PageRulesZeroFreeOptions): void;
  /**
   * Fills the pages with zeros that the guest's Linux kernel says are free.
   * @param required whether to refuse the image if its free pages are not known; false if absent
   */
  zeroFree(required?: boolean): void;
}

/** The arguments of scrub by name. */
export interface PageRulesScrubOptions {
  /** What to look for, as text in UTF-8. */
  text?: string;
  /** Bytes to overwrite from the start of the match; the match if absent. */
  length?: number;
  /** The byte to write; 0 if absent. */
  fill?: number;
  /** What to look for, in hex digits. */
  hex?: string;
  /** What to look for, as bytes. */
  bytes?: Bytes;
  /** Only pages of these types; ordinary pages if absent. */
  types?: PageType | Array<PageType>;
  /** The first PFN; 0 if absent. */
  pfnFrom?: number;
  /** The PFN after the last; no end if absent. */
  pfnTo?: number;
  /** What to overwrite, as a regular expression over bytes (RE2, ASCII). */
  regex?: string;
  /** 'virtual' also joins pages of two batches and of virtual memory. */
  across?: Across;
  /** Bytes at the edge of a page that match if the image is read once; 4 if absent. */
  edge?: number;
}

/** The arguments of replace by name. */
export interface PageRulesReplaceOptions {
  /** What to look for, as text in UTF-8. */
  text?: string;
  /** What to write, of the same length, as text in UTF-8. */
  by?: string;
  /** What to look for, in hex digits. */
  hex?: string;
  /** What to look for, as bytes. */
  bytes?: Bytes;
  /** What to write, in hex digits. */
  byHex?: string;
  /** What to write, as bytes. */
  byBytes?: Bytes;
  /** Only pages of these types; ordinary pages if absent. */
  types?: PageType | Array<PageType>;
  /** The first PFN; 0 if absent. */
  pfnFrom?: number;
  /** The PFN after the last; no end if absent. */
  pfnTo?: number;
}

/** The arguments of zero by name. */
export interface PageRulesZeroOptions {
  /** Only pages of these types; ordinary pages if absent. */
  types?: PageType | Array<PageType>;
  /** The first PFN; 0 if absent. */
  pfnFrom?: number;
  /** The PFN after the last; no end if absent. */
  pfnTo?: number;
  /** Only pages that hold this text. */
  contains?: string;
}

/** The arguments of zeroFree by name. */
export interface PageRulesZeroFreeOptions {
  /** Whether to refuse the image if its free pages are not known; false if absent. */
  required?: boolean;
}

/** Something outside the image that the header wants and a policy set grants. */
export interface Grant {
  /** What the grant allows. */
  readonly kind: GrantKind;
  /**
   * The text of the file, or of a file in the folder.
   * @param file the name of a file in a folder
   */
  read(file?: string): string;
  /** The names of the files in the folder. */
  list(): Array<string>;
  /**
   * Appends a line to the log: JSON with time, policy, operation, image and message.
   * @param message the text to log
   */
  append(message: string): void;
  /** Sends a request to the host. */
  request(options?: GrantRequestOptions): HttpAnswer;
  /** Sends a request to the host. */
  request(path: string, options: Omit<GrantRequestOptions, 'path'>): HttpAnswer;
  /**
   * Sends a request to the host.
   * @param path relative to the address of the grant
   * @param method GET if absent
   * @param body the request body
   */
  request(path?: string, method?: string, body?: string): HttpAnswer;
  /**
   * Runs the command with the arguments that the policy set defines.
   * @param input text for its standard input
   */
  run(input?: string): CommandResult;
  /** The value of the variable, if it is set. */
  value(): string | null;
}

/** The arguments of request by name. */
export interface GrantRequestOptions {
  /** Relative to the address of the grant. */
  path?: string;
  /** GET if absent. */
  method?: string;
  /** The request body. */
  body?: string;
}

/** The answer to an HTTP request. */
export interface HttpAnswer {
  /** Whether it was sent; in a dry run, only GET and HEAD are. */
  done: boolean;
  /** The status; redirects are not followed. */
  status: number;
  /** The body, which must be UTF-8. */
  body: string;
}

/** The result of a granted command. */
export interface CommandResult {
  /** Whether it ran; false in a dry run. */
  done: boolean;
  /** Its exit status. */
  status: number;
  /** What it printed, which must be UTF-8. */
  output: string;
}

/** One record other than PAGE_DATA, its fields and bytes decoded on demand. */
export interface RecordMembers {
  /** Whether a reader that does not know the record may ignore it. */
  readonly optional: boolean;
  /** Where the record begins in the image; none if a policy made it. */
  readonly offset: number | null;
  /** The length of the body in bytes. */
  readonly length: number;
  /** The bytes of the body, to be edited in place or assigned. */
  bytes: Uint8Array;
  /** Leaves the record out, where the format allows it. */
  drop(): void;
  /**
   * Puts another record in its place.
   * @param type the name of the type, or its number
   * @param content the fields, or the bytes of the body
   */
  replace(type: RecordType | number, content: Record<string, any> | Bytes): void;
  /**
   * Inserts a record before this one.
   * @param type the name of the type, or its number
   * @param content the fields, or the bytes of the body
   */
  insertBefore(type: RecordType | number, content: Record<string, any> | Bytes): void;
  /**
   * Inserts a record after this one.
   * @param type the name of the type, or its number
   * @param content the fields, or the bytes of the body
   */
  insertAfter(type: RecordType | number, content: Record<string, any> | Bytes): void;
}

/** A record CHECKPOINT_END of the libxl stream. */
export interface CheckpointEndRecord extends RecordMembers {
  /** The type, by its name in the specification; a number in hex if it has none. */
  readonly type: 'CHECKPOINT_END';
  /** The stream that the record belongs to. */
  readonly layer: 'libxl';
  /** The fields by name, to be edited in place; the type of the record says which. */
  readonly fields: CheckpointEndFields;
}

/** A record CHECKPOINT_STATE of the libxl stream. */
export interface CheckpointStateRecord extends RecordMembers {
  /** The type, by its name in the specification; a number in hex if it has none. */
  readonly type: 'CHECKPOINT_STATE';
  /** The stream that the record belongs to. */
  readonly layer: 'libxl';
  /** The fields by name, to be edited in place; the type of the record says which. */
  readonly fields: CheckpointStateFields;
}

/** A record EMULATOR_CONTEXT of the libxl stream. */
export interface EmulatorContextRecord extends RecordMembers {
  /** The type, by its name in the specification; a number in hex if it has none. */
  readonly type: 'EMULATOR_CONTEXT';
  /** The stream that the record belongs to. */
  readonly layer: 'libxl';
  /** The fields by name, to be edited in place; the type of the record says which. */
  readonly fields: EmulatorContextFields;
}

/** A record EMULATOR_XENSTORE_DATA of the libxl stream. */
export interface EmulatorXenstoreDataRecord extends RecordMembers {
  /** The type, by its name in the specification; a number in hex if it has none. */
  readonly type: 'EMULATOR_XENSTORE_DATA';
  /** The stream that the record belongs to. */
  readonly layer: 'libxl';
  /** The fields by name, to be edited in place; the type of the record says which. */
  readonly fields: EmulatorXenstoreDataFields;
}

/** A record END of the libxl stream. */
export interface LibxlEndRecord extends RecordMembers {
  /** The type, by its name in the specification; a number in hex if it has none. */
  readonly type: 'END';
  /** The stream that the record belongs to. */
  readonly layer: 'libxl';
  /** The fields by name, to be edited in place; the type of the record says which. */
  readonly fields: LibxlEndFields;
}

/** A record LIBXC_CONTEXT of the libxl stream. */
export interface LibxcContextRecord extends RecordMembers {
  /** The type, by its name in the specification; a number in hex if it has none. */
  readonly type: 'LIBXC_CONTEXT';
  /** The stream that the record belongs to. */
  readonly layer: 'libxl';
  /** The fields by name, to be edited in place; the type of the record says which. */
  readonly fields: LibxcContextFields;
}

/** A record CHECKPOINT of the libxc stream. */
export interface CheckpointRecord extends RecordMembers {
  /** The type, by its name in the specification; a number in hex if it has none. */
  readonly type: 'CHECKPOINT';
  /** The stream that the record belongs to. */
  readonly layer: 'libxc';
  /** The fields by name, to be edited in place; the type of the record says which. */
  readonly fields: CheckpointFields;
}

/** A record CHECKPOINT_DIRTY_PFN_LIST of the libxc stream. */
export interface CheckpointDirtyPfnListRecord extends RecordMembers {
  /** The type, by its name in the specification; a number in hex if it has none. */
  readonly type: 'CHECKPOINT_DIRTY_PFN_LIST';
  /** The stream that the record belongs to. */
  readonly layer: 'libxc';
  /** The fields by name, to be edited in place; the type of the record says which. */
  readonly fields: CheckpointDirtyPfnListFields;
}

/** A record END of the libxc stream. */
export interface EndRecord extends RecordMembers {
  /** The type, by its name in the specification; a number in hex if it has none. */
  readonly type: 'END';
  /** The stream that the record belongs to. */
  readonly layer: 'libxc';
  /** The fields by name, to be edited in place; the type of the record says which. */
  readonly fields: EndFields;
}

/** A record HVM_CONTEXT of the libxc stream. */
export interface HvmContextRecord extends RecordMembers {
  /** The type, by its name in the specification; a number in hex if it has none. */
  readonly type: 'HVM_CONTEXT';
  /** The stream that the record belongs to. */
  readonly layer: 'libxc';
  /** The fields by name, to be edited in place; the type of the record says which. */
  readonly fields: HvmContextFields;
}

/** A record HVM_PARAMS of the libxc stream. */
export interface HvmParamsRecord extends RecordMembers {
  /** The type, by its name in the specification; a number in hex if it has none. */
  readonly type: 'HVM_PARAMS';
  /** The stream that the record belongs to. */
  readonly layer: 'libxc';
  /** The fields by name, to be edited in place; the type of the record says which. */
  readonly fields: HvmParamsFields;
}

/** A record SHARED_INFO of the libxc stream. */
export interface SharedInfoRecord extends RecordMembers {
  /** The type, by its name in the specification; a number in hex if it has none. */
  readonly type: 'SHARED_INFO';
  /** The stream that the record belongs to. */
  readonly layer: 'libxc';
  /** The fields by name, to be edited in place; the type of the record says which. */
  readonly fields: SharedInfoFields;
}

/** A record STATIC_DATA_END of the libxc stream. */
export interface StaticDataEndRecord extends RecordMembers {
  /** The type, by its name in the specification; a number in hex if it has none. */
  readonly type: 'STATIC_DATA_END';
  /** The stream that the record belongs to. */
  readonly layer: 'libxc';
  /** The fields by name, to be edited in place; the type of the record says which. */
  readonly fields: StaticDataEndFields;
}

/** A record TOOLSTACK of the libxc stream. */
export interface ToolstackRecord extends RecordMembers {
  /** The type, by its name in the specification; a number in hex if it has none. */
  readonly type: 'TOOLSTACK';
  /** The stream that the record belongs to. */
  readonly layer: 'libxc';
  /** The fields by name, to be edited in place; the type of the record says which. */
  readonly fields: ToolstackFields;
}

/** A record VERIFY of the libxc stream. */
export interface VerifyRecord extends RecordMembers {
  /** The type, by its name in the specification; a number in hex if it has none. */
  readonly type: 'VERIFY';
  /** The stream that the record belongs to. */
  readonly layer: 'libxc';
  /** The fields by name, to be edited in place; the type of the record says which. */
  readonly fields: VerifyFields;
}

/** A record X86_CPUID_POLICY of the libxc stream. */
export interface X86CpuidPolicyRecord extends RecordMembers {
  /** The type, by its name in the specification; a number in hex if it has none. */
  readonly type: 'X86_CPUID_POLICY';
  /** The stream that the record belongs to. */
  readonly layer: 'libxc';
  /** The fields by name, to be edited in place; the type of the record says which. */
  readonly fields: X86CpuidPolicyFields;
  /** The vendor of the processor, such as GenuineIntel. */
  readonly vendor: string | null;
  /** The features that the guest sees, by their names in cpufeatureset.h. */
  readonly features: Array<string>;
  /**
   * Whether the guest sees a feature of the processor.
   * @param name the name in cpufeatureset.h, in lowercase, such as avx2
   */
  feature(name: string): boolean;
  /**
   * Shows or hides a feature; returns whether that changed anything.
   * @param name the name in cpufeatureset.h, in lowercase, such as avx2
   * @param present whether the guest shall see it
   */
  setFeature(name: string, present: boolean): boolean;
}

/** A record X86_MSR_POLICY of the libxc stream. */
export interface X86MsrPolicyRecord extends RecordMembers {
  /** The type, by its name in the specification; a number in hex if it has none. */
  readonly type: 'X86_MSR_POLICY';
  /** The stream that the record belongs to. */
  readonly layer: 'libxc';
  /** The fields by name, to be edited in place; the type of the record says which. */
  readonly fields: X86MsrPolicyFields;
}

/** A record X86_PV_INFO of the libxc stream. */
export interface X86PvInfoRecord extends RecordMembers {
  /** The type, by its name in the specification; a number in hex if it has none. */
  readonly type: 'X86_PV_INFO';
  /** The stream that the record belongs to. */
  readonly layer: 'libxc';
  /** The fields by name, to be edited in place; the type of the record says which. */
  readonly fields: X86PvInfoFields;
}

/** A record X86_PV_P2M_FRAMES of the libxc stream. */
export interface X86PvP2mFramesRecord extends RecordMembers {
  /** The type, by its name in the specification; a number in hex if it has none. */
  readonly type: 'X86_PV_P2M_FRAMES';
  /** The stream that the record belongs to. */
  readonly layer: 'libxc';
  /** The fields by name, to be edited in place; the type of the record says which. */
  readonly fields: X86PvP2mFramesFields;
}

/** A record X86_PV_VCPU_BASIC of the libxc stream. */
export interface X86PvVcpuBasicRecord extends RecordMembers {
  /** The type, by its name in the specification; a number in hex if it has none. */
  readonly type: 'X86_PV_VCPU_BASIC';
  /** The stream that the record belongs to. */
  readonly layer: 'libxc';
  /** The fields by name, to be edited in place; the type of the record says which. */
  readonly fields: X86PvVcpuBasicFields;
}

/** A record X86_PV_VCPU_EXTENDED of the libxc stream. */
export interface X86PvVcpuExtendedRecord extends RecordMembers {
  /** The type, by its name in the specification; a number in hex if it has none. */
  readonly type: 'X86_PV_VCPU_EXTENDED';
  /** The stream that the record belongs to. */
  readonly layer: 'libxc';
  /** The fields by name, to be edited in place; the type of the record says which. */
  readonly fields: X86PvVcpuExtendedFields;
}

/** A record X86_PV_VCPU_MSRS of the libxc stream. */
export interface X86PvVcpuMsrsRecord extends RecordMembers {
  /** The type, by its name in the specification; a number in hex if it has none. */
  readonly type: 'X86_PV_VCPU_MSRS';
  /** The stream that the record belongs to. */
  readonly layer: 'libxc';
  /** The fields by name, to be edited in place; the type of the record says which. */
  readonly fields: X86PvVcpuMsrsFields;
}

/** A record X86_PV_VCPU_XSAVE of the libxc stream. */
export interface X86PvVcpuXsaveRecord extends RecordMembers {
  /** The type, by its name in the specification; a number in hex if it has none. */
  readonly type: 'X86_PV_VCPU_XSAVE';
  /** The stream that the record belongs to. */
  readonly layer: 'libxc';
  /** The fields by name, to be edited in place; the type of the record says which. */
  readonly fields: X86PvVcpuXsaveFields;
}

/** A record X86_TSC_INFO of the libxc stream. */
export interface X86TscInfoRecord extends RecordMembers {
  /** The type, by its name in the specification; a number in hex if it has none. */
  readonly type: 'X86_TSC_INFO';
  /** The stream that the record belongs to. */
  readonly layer: 'libxc';
  /** The fields by name, to be edited in place; the type of the record says which. */
  readonly fields: X86TscInfoFields;
}

/** A record of a type that the specification does not name. */
export interface OtherRecord extends RecordMembers {
  /** The type, by its name in the specification; a number in hex if it has none. */
  readonly type: `0x${string}` | `CORE_${string}`;
  /** The stream that the record belongs to. */
  readonly layer: 'libxl' | 'libxc';
  /** The fields by name, to be edited in place; the type of the record says which. */
  readonly fields: { body: string };
}

/** One record other than PAGE_DATA, its fields and bytes decoded on demand. */
export type XenRecord =
  | CheckpointEndRecord
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
  | OtherRecord;

/** The name of a record type, or its number in hex. */
export type RecordType = XenRecord['type'];

/** One section of a site in a native image, such as the console log of the guest. */
export interface SiteSection {
  /** The name, with the namespace of the site. */
  readonly name: string;
  /** The type of the content, such as text/plain; can be assigned. */
  type: string;
  /** Whether a reader that does not know the section must refuse the image; can be assigned. */
  mandatory: boolean;
  /** The length of the content in bytes, as the image has it. */
  readonly length: number;
  /** The content, to be edited in place or assigned. */
  bytes: Uint8Array;
  /** The content as UTF-8 text; can be assigned. */
  text: string;
  /** The fields, to be edited in place; none without a schema of the section that has them. */
  readonly fields: Record<string, any> | null;
  /** Leaves the section out, where the format allows it. */
  drop(): void;
}

/** Up to 1,024 pages. Operations on many pages at once run in Java. */
export interface PageBatch {
  /** How many pages. */
  readonly count: number;
  /** The page frame number of each page. */
  readonly pfns: Array<number>;
  /** The type of each page. */
  readonly types: Array<PageType>;
  /** Searches all pages for one of text, hex or bytes. */
  find(options?: PageBatchFindOptions): Array<BatchMatch>;
  /** Searches all pages for one of text, hex or bytes. */
  find(text: string, options: Omit<PageBatchFindOptions, 'text'>): Array<BatchMatch>;
  /**
   * Searches all pages for one of text, hex or bytes.
   * @param text what to look for, as text in UTF-8
   * @param limit at most so many matches; 1024 if absent
   * @param hex what to look for, in hex digits
   * @param bytes what to look for, as bytes
   * @param types only pages of these types; ordinary pages if absent
   * @param pfnFrom the first PFN; 0 if absent
   * @param pfnTo the PFN after the last; no end if absent
   */
  find(
    text?: string,
    limit?: number,
    hex?: string,
    bytes?: Bytes,
    types?: PageType | Array<PageType>,
    pfnFrom?: number,
    pfnTo?: number,
  ): Array<BatchMatch>;
  /** Overwrites what one of text, hex, bytes or regex finds; returns how many matches there were. */
  scrub(options?: PageBatchScrubOptions): number;
  /** Overwrites what one of text, hex, bytes or regex finds; returns how many matches there were. */
  scrub(text: string, options: Omit<PageBatchScrubOptions, 'text'>): number;
  /**
   * Overwrites what one of text, hex, bytes or regex finds; returns how many matches there were.
   * @param text what to look for, as text in UTF-8
   * @param length bytes to overwrite from the start of the match; the match if absent
   * @param fill the byte to write; 0 if absent
   * @param hex what to look for, in hex digits
   * @param bytes what to look for, as bytes
   * @param types only pages of these types; ordinary pages if absent
   * @param pfnFrom the first PFN; 0 if absent
   * @param pfnTo the PFN after the last; no end if absent
   * @param regex what to overwrite, as a regular expression over bytes (RE2, ASCII)
   */
  scrub(
    text?: string,
    length?: number,
    fill?: number,
    hex?: string,
    bytes?: Bytes,
    types?: PageType | Array<PageType>,
    pfnFrom?: number,
    pfnTo?: number,
    regex?: string,
  ): number;
  /** Replaces one pattern by another of the same length; returns how many matches there were. */
  replace(options?: PageBatchReplaceOptions): number;
  /** Replaces one pattern by another of the same length; returns how many matches there were. */
  replace(text: string, options: Omit<PageBatchReplaceOptions, 'text'>): number;
  /**
   * Replaces one pattern by another of the same length; returns how many matches there were.
   * @param text what to look for, as text in UTF-8
   * @param by what to write, of the same length, as text in UTF-8
   * @param hex what to look for, in hex digits
   * @param bytes what to look for, as bytes
   * @param byHex what to write, in hex digits
   * @param byBytes what to write, as bytes
   * @param types only pages of these types; ordinary pages if absent
   * @param pfnFrom the first PFN; 0 if absent
   * @param pfnTo the PFN after the last; no end if absent
   */
  replace(
    text?: string,
    by?: string,
    hex?: string,
    bytes?: Bytes,
    byHex?: string,
    byBytes?: Bytes,
    types?: PageType | Array<PageType>,
    pfnFrom?: number,
    pfnTo?: number,
  ): number;
  /** Fills whole pages with zeros; returns how many there were. */
  zero(options?: PageBatchZeroOptions): number;
  /** Fills whole pages with zeros; returns how many there were. */
  zero(types: PageType | Array<PageType>, options: Omit<PageBatchZeroOptions, 'types'>): number;
  /**
   * Fills whole pages with zeros; returns how many there were.
   * @param types only pages of these types; ordinary pages if absent
   * @param pfnFrom the first PFN; 0 if absent
   * @param pfnTo the PFN after the last; no end if absent
   * @param contains only pages that hold this text
   */
  zero(
    types?: PageType | Array<PageType>,
    pfnFrom?: number,
    pfnTo?: number,
    contains?: string,
  ): number;
  /** Places in the batch of the pages that meet all conditions. */
  select(options?: PageBatchSelectOptions): Array<number>;
  /** Places in the batch of the pages that meet all conditions. */
  select(types: PageType | Array<PageType>, options: Omit<PageBatchSelectOptions, 'types'>): Array<number>;
  /**
   * Places in the batch of the pages that meet all conditions.
   * @param types only pages of these types; all if absent
   * @param pfnFrom the first PFN; 0 if absent
   * @param pfnTo the PFN after the last; no end if absent
   * @param zero true for pages of zeros only, false for all others
   * @param contains only pages that hold this text
   */
  select(
    types?: PageType | Array<PageType>,
    pfnFrom?: number,
    pfnTo?: number,
    zero?: boolean,
    contains?: string,
  ): Array<number>;
  /**
   * One page, to read and write its bytes.
   * @param index the place in the batch, from 0
   */
  page(index: number): Page;
}

/** The arguments of find by name. */
export interface PageBatchFindOptions {
  /** What to look for, as text in UTF-8. */
  text?: string;
  /** At most so many matches; 1024 if absent. */
  limit?: number;
  /** What to look for, in hex digits. */
  hex?: string;
  /** What to look for, as bytes. */
  bytes?: Bytes;
  /** Only pages of these types; ordinary pages if absent. */
  types?: PageType | Array<PageType>;
  /** The first PFN; 0 if absent. */
  pfnFrom?: number;
  /** The PFN after the last; no end if absent. */
  pfnTo?: number;
}

/** The arguments of scrub by name. */
export interface PageBatchScrubOptions {
  /** What to look for, as text in UTF-8. */
  text?: string;
  /** Bytes to overwrite from the start of the match; the match if absent. */
  length?: number;
  /** The byte to write; 0 if absent. */
  fill?: number;
  /** What to look for, in hex digits. */
  hex?: string;
  /** What to look for, as bytes. */
  bytes?: Bytes;
  /** Only pages of these types; ordinary pages if absent. */
  types?: PageType | Array<PageType>;
  /** The first PFN; 0 if absent. */
  pfnFrom?: number;
  /** The PFN after the last; no end if absent. */
  pfnTo?: number;
  /** What to overwrite, as a regular expression over bytes (RE2, ASCII). */
  regex?: string;
}

/** The arguments of replace by name. */
export interface PageBatchReplaceOptions {
  /** What to look for, as text in UTF-8. */
  text?: string;
  /** What to write, of the same length, as text in UTF-8. */
  by?: string;
  /** What to look for, in hex digits. */
  hex?: string;
  /** What to look for, as bytes. */
  bytes?: Bytes;
  /** What to write, in hex digits. */
  byHex?: string;
  /** What to write, as bytes. */
  byBytes?: Bytes;
  /** Only pages of these types; ordinary pages if absent. */
  types?: PageType | Array<PageType>;
  /** The first PFN; 0 if absent. */
  pfnFrom?: number;
  /** The PFN after the last; no end if absent. */
  pfnTo?: number;
}

/** The arguments of zero by name. */
export interface PageBatchZeroOptions {
  /** Only pages of these types; ordinary pages if absent. */
  types?: PageType | Array<PageType>;
  /** The first PFN; 0 if absent. */
  pfnFrom?: number;
  /** The PFN after the last; no end if absent. */
  pfnTo?: number;
  /** Only pages that hold this text. */
  contains?: string;
}

/** The arguments of select by name. */
export interface PageBatchSelectOptions {
  /** Only pages of these types; all if absent. */
  types?: PageType | Array<PageType>;
  /** The first PFN; 0 if absent. */
  pfnFrom?: number;
  /** The PFN after the last; no end if absent. */
  pfnTo?: number;
  /** True for pages of zeros only, false for all others. */
  zero?: boolean;
  /** Only pages that hold this text. */
  contains?: string;
}

/** Where a search of a batch found something. */
export interface BatchMatch {
  /** The page's place in the batch. */
  index: number;
  /** The page frame number. */
  pfn: number;
  /** In bytes from the start of the page. */
  offset: number;
}

/** One page of the guest's memory, 4,096 bytes. */
export interface Page {
  /** The page frame number. */
  readonly pfn: number;
  /** The type in the image: NOTAB for ordinary pages, L1TAB to L4TAB for page tables. */
  readonly type: PageType;
  /** Whether the image has contents for the page. */
  readonly hasData: boolean;
  /** Whether all bytes are zero. */
  readonly zero: boolean;
  /** The CRC-32C of the contents. */
  readonly crc32c: number;
  /**
   * Reads a byte.
   * @param offset in bytes from the start of the page
   */
  u8(offset: number): number;
  /**
   * Reads an integer of 16 bits.
   * @param offset in bytes from the start of the page
   */
  u16(offset: number): number;
  /**
   * Reads an integer of 32 bits.
   * @param offset in bytes from the start of the page
   */
  u32(offset: number): number;
  /**
   * Reads an integer of 64 bits.
   * @param offset in bytes from the start of the page
   */
  u64(offset: number): bigint;
  /** Reads bytes: a copy. */
  bytes(options?: PageBytesOptions): Uint8Array;
  /** Reads bytes: a copy. */
  bytes(offset: number, options: Omit<PageBytesOptions, 'offset'>): Uint8Array;
  /**
   * Reads bytes: a copy.
   * @param offset 0 if absent
   * @param length to the end of the page if absent
   */
  bytes(offset?: number, length?: number): Uint8Array;
  /** The bytes in hex and as characters, 16 in a line. */
  hexdump(options?: PageHexdumpOptions): string;
  /** The bytes in hex and as characters, 16 in a line. */
  hexdump(offset: number, options: Omit<PageHexdumpOptions, 'offset'>): string;
  /**
   * The bytes in hex and as characters, 16 in a line.
   * @param offset 0 if absent
   * @param length to the end of the page if absent
   */
  hexdump(offset?: number, length?: number): string;
  /**
   * Writes a byte. A page table cannot be written.
   * @param offset in bytes from the start of the page
   * @param value unsigned
   */
  setU8(offset: number, value: number): void;
  /**
   * Writes an integer of 16 bits.
   * @param offset in bytes from the start of the page
   * @param value unsigned
   */
  setU16(offset: number, value: number): void;
  /**
   * Writes an integer of 32 bits.
   * @param offset in bytes from the start of the page
   * @param value unsigned
   */
  setU32(offset: number, value: number): void;
  /**
   * Writes an integer of 64 bits.
   * @param offset in bytes from the start of the page
   * @param value unsigned
   */
  setU64(offset: number, value: number | bigint): void;
  /**
   * Writes bytes.
   * @param offset in bytes from the start of the page
   * @param bytes what to write
   */
  setBytes(offset: number, bytes: Bytes): void;
  /** Writes one byte over a range. */
  fill(options?: PageFillOptions): void;
  /** Writes one byte over a range. */
  fill(from: number, options: Omit<PageFillOptions, 'from'>): void;
  /**
   * Writes one byte over a range.
   * @param from 0 if absent
   * @param to the end of the page if absent
   * @param byte 0 if absent
   */
  fill(from?: number, to?: number, byte?: number): void;
}

/** The arguments of bytes by name. */
export interface PageBytesOptions {
  /** 0 if absent. */
  offset?: number;
  /** To the end of the page if absent. */
  length?: number;
}

/** The arguments of hexdump by name. */
export interface PageHexdumpOptions {
  /** 0 if absent. */
  offset?: number;
  /** To the end of the page if absent. */
  length?: number;
}

/** The arguments of fill by name. */
export interface PageFillOptions {
  /** 0 if absent. */
  from?: number;
  /** The end of the page if absent. */
  to?: number;
  /** 0 if absent. */
  byte?: number;
}

/** A whole image, any part of it at any time: what the console and javax.script see. */
export interface Image {
  /** The format of the file. */
  readonly format: string;
  /** The name of the file. */
  readonly source: string;
  /** The size of the file in bytes; 0 if it is not known. */
  readonly size: number;
  /** The type of guest. */
  readonly guest: GuestType | null;
  /** The version of Xen that saved the image, such as 4.17. */
  readonly xen: string | null;
  /** The name of the domain. */
  readonly name: string | null;
  /** The UUID of the domain, in lowercase. */
  readonly uuid: string | null;
  /** The size of a page in bytes. */
  readonly pageSize: number;
  /** The version of the libxc stream; 0 if the image has none. */
  readonly libxcVersion: number;
  /** Where and why the image could not be read to its end. */
  readonly fault: string | null;
  /** The headers, by layer. */
  readonly header: ImageHeader;
  /** The toolstack's config, to be edited in place. */
  readonly config: Config | null;
  /** The site metadata, to be edited in place. */
  readonly metadata: Metadata | null;
  /** All records but page data, in the order of the image. */
  readonly records: Array<XenRecord>;
  /** The registers of each vCPU, whichever record they are in. */
  readonly vcpus: Array<Vcpu>;
  /** The pages. */
  readonly pages: ImagePages;
  /** The first record of a type, or one of several. */
  record(options: ImageRecordOptions): XenRecord;
  /** The first record of a type, or one of several. */
  record(type: RecordType, options: Omit<ImageRecordOptions, 'type'>): XenRecord;
  /**
   * The first record of a type, or one of several.
   * @param type the name of the type
   * @param index which of several; 0 if absent
   */
  record(type: RecordType, index?: number): XenRecord;
  /**
   * One page.
   * @param pfn the page frame number
   */
  page(pfn: number): Page;
  /** Searches all pages for one of text, hex or bytes. */
  find(options?: ImageFindOptions): Array<ImageMatch>;
  /** Searches all pages for one of text, hex or bytes. */
  find(text: string, options: Omit<ImageFindOptions, 'text'>): Array<ImageMatch>;
  /**
   * Searches all pages for one of text, hex or bytes.
   * @param text what to look for, as text in UTF-8
   * @param limit at most so many matches; 1024 if absent
   * @param hex what to look for, in hex digits
   * @param bytes what to look for, as bytes
   * @param types only pages of these types; ordinary pages if absent
   * @param pfnFrom the first PFN; 0 if absent
   * @param pfnTo the PFN after the last; no end if absent
   */
  find(
    text?: string,
    limit?: number,
    hex?: string,
    bytes?: Bytes,
    types?: PageType | Array<PageType>,
    pfnFrom?: number,
    pfnTo?: number,
  ): Array<ImageMatch>;
}

/** The arguments of record by name. */
export interface ImageRecordOptions {
  /** The name of the type. */
  type: RecordType;
  /** Which of several; 0 if absent. */
  index?: number;
}

/** The arguments of find by name. */
export interface ImageFindOptions {
  /** What to look for, as text in UTF-8. */
  text?: string;
  /** At most so many matches; 1024 if absent. */
  limit?: number;
  /** What to look for, in hex digits. */
  hex?: string;
  /** What to look for, as bytes. */
  bytes?: Bytes;
  /** Only pages of these types; ordinary pages if absent. */
  types?: PageType | Array<PageType>;
  /** The first PFN; 0 if absent. */
  pfnFrom?: number;
  /** The PFN after the last; no end if absent. */
  pfnTo?: number;
}

/** The headers of the image, by layer. */
export interface ImageHeader {
  /** The header of the xl save file. */
  xl?: XlHeader;
  /** The header of a save file of libvirt. */
  libvirt?: LibvirtHeader;
  /** The header of the libxl stream. */
  libxl?: LibxlHeader;
  /** The headers of the libxc stream. */
  libxc?: LibxcHeader;
}

/** The header of an xl save file. */
export interface XlHeader {
  /** LITTLE_ENDIAN or BIG_ENDIAN. */
  byteOrder: string;
  /** Flags that a reader must know. */
  mandatoryFlags: number;
  /** Flags that a reader may ignore. */
  optionalFlags: number;
}

/** The header of a save file of libvirt. */
export interface LibvirtHeader {
  /** LITTLE_ENDIAN or BIG_ENDIAN. */
  byteOrder: string;
  /** The version of the file. */
  version: number;
}

/** The header of the libxl stream. */
export interface LibxlHeader {
  /** The version of the stream. */
  version: number;
  /** The flags of the stream. */
  options: number;
}

/** The headers of the libxc stream and of the domain. */
export interface LibxcHeader {
  /** The version of the stream. */
  version: number;
  /** The flags of the stream. */
  options: number;
  /** 1 for PV, 2 for HVM and PVH. */
  type: number;
  /** The binary logarithm of the page size. */
  pageShift: number;
  /** The major version of Xen. */
  xenMajor: number;
  /** The minor version of Xen. */
  xenMinor: number;
}

/** The registers of a vCPU by the names of Xen's headers. */
export interface Vcpu {
  /** The number of the vCPU. */
  id: number;
  /** The instruction pointer. */
  rip?: number | bigint;
  /** The instruction pointer of a PV guest of 32 bits. */
  eip?: number | bigint;
  /** The root of the page tables. */
  cr3?: number | bigint;
  [name: string]: number | bigint | undefined;
}

/** Where a search of an image found something. */
export interface ImageMatch {
  /** The page frame number. */
  pfn: number;
  /** In bytes from the start of the page. */
  offset: number;
}

/** The pages of the image, by PFN. */
export interface ImagePages {
  /** How many pages there are. */
  readonly count: number;
  /** How many pages have contents. */
  readonly withContents: number;
  /** How many pages there are of each type. */
  readonly types: Record<string, number>;
  /** The page frame numbers of the pages that meet all conditions. */
  pfns(options?: ImagePagesPfnsOptions): Array<number>;
  /** The page frame numbers of the pages that meet all conditions. */
  pfns(types: PageType | Array<PageType>, options: Omit<ImagePagesPfnsOptions, 'types'>): Array<number>;
  /**
   * The page frame numbers of the pages that meet all conditions.
   * @param types only pages of these types; all if absent
   * @param pfnFrom the first PFN; 0 if absent
   * @param pfnTo the PFN after the last; no end if absent
   */
  pfns(types?: PageType | Array<PageType>, pfnFrom?: number, pfnTo?: number): Array<number>;
  /** The page frame numbers of the pages that meet all conditions, contents included. */
  select(options?: ImagePagesSelectOptions): Array<number>;
  /** The page frame numbers of the pages that meet all conditions, contents included. */
  select(types: PageType | Array<PageType>, options: Omit<ImagePagesSelectOptions, 'types'>): Array<number>;
  /**
   * The page frame numbers of the pages that meet all conditions, contents included.
   * @param types only pages of these types; all if absent
   * @param pfnFrom the first PFN; 0 if absent
   * @param pfnTo the PFN after the last; no end if absent
   * @param zero true for pages of zeros only, false for all others
   * @param contains only pages that hold this text
   */
  select(
    types?: PageType | Array<PageType>,
    pfnFrom?: number,
    pfnTo?: number,
    zero?: boolean,
    contains?: string,
  ): Array<number>;
}

/** The arguments of pfns by name. */
export interface ImagePagesPfnsOptions {
  /** Only pages of these types; all if absent. */
  types?: PageType | Array<PageType>;
  /** The first PFN; 0 if absent. */
  pfnFrom?: number;
  /** The PFN after the last; no end if absent. */
  pfnTo?: number;
}

/** The arguments of select by name. */
export interface ImagePagesSelectOptions {
  /** Only pages of these types; all if absent. */
  types?: PageType | Array<PageType>;
  /** The first PFN; 0 if absent. */
  pfnFrom?: number;
  /** The PFN after the last; no end if absent. */
  pfnTo?: number;
  /** True for pages of zeros only, false for all others. */
  zero?: boolean;
  /** Only pages that hold this text. */
  contains?: string;
}

/** What a test function is given. */
export interface Test {
  /** The file of the policy. */
  readonly policy: string;
  /** Runs the policy over a sample or an image. */
  run(options?: TestRunOptions): TestResult;
  /** Runs the policy over a sample or an image. */
  run(policy: any, options: Omit<TestRunOptions, 'policy'>): TestResult;
  /**
   * Runs the policy over a sample or an image.
   * @param policy as in a case
   * @param sample as in a case
   * @param image as in a case
   * @param params as in a case
   * @param site as in a case
   * @param operation as in a case
   * @param operator as in a case
   * @param at as in a case
   * @param grants as in a case
   * @param schema as in a case
   */
  run(
    policy?: any,
    sample?: any,
    image?: any,
    params?: any,
    site?: any,
    operation?: any,
    operator?: any,
    at?: any,
    grants?: any,
    schema?: any,
  ): TestResult;
  /**
   * Fails the test unless both are the same tree, number, text or bytes.
   * @param found what the test looks at
   * @param expected what it must be
   * @param message what to say if it fails
   */
  equal(found?: any, expected?: any, message?: string): void;
  /**
   * Fails the test if both are the same.
   * @param found what the test looks at
   * @param other what it must not be
   * @param message what to say if it fails
   */
  notEqual(found?: any, other?: any, message?: string): void;
  /**
   * Fails the test unless the value is true, not empty or not 0.
   * @param found what the test looks at
   * @param message what to say if it fails
   */
  ok(found?: any, message?: string): void;
  /**
   * Fails the test unless the text matches.
   * @param found what the test looks at
   * @param expected a text that occurs, or a regular expression
   * @param message what to say if it fails
   */
  match(found: any | null, expected: string | RegExp, message?: string): void;
  /**
   * Fails the test unless the run was vetoed.
   * @param result of t.run
   * @param expected a text that occurs in the reason, or a regular expression
   */
  vetoed(result: TestResult, expected?: string | RegExp): void;
  /**
   * Fails the test unless the policy failed.
   * @param result of t.run
   * @param expected a text that occurs in the reason, or a regular expression
   */
  failed(result: TestResult, expected?: string | RegExp): void;
  /**
   * Fails the test if a byte of the image changed.
   * @param result of t.run
   */
  unchanged(result: TestResult): void;
  /**
   * Fails the test.
   * @param message what to say if it fails
   */
  fail(message?: string): never;
  /**
   * Says something that is shown if the test fails.
   * @param message what to say
   */
  log(message: any): void;
}

/** The arguments of run by name. */
export interface TestRunOptions {
  /** As in a case. */
  policy?: any;
  /** As in a case. */
  sample?: any;
  /** As in a case. */
  image?: any;
  /** As in a case. */
  params?: any;
  /** As in a case. */
  site?: any;
  /** As in a case. */
  operation?: any;
  /** As in a case. */
  operator?: any;
  /** As in a case. */
  at?: any;
  /** As in a case. */
  grants?: any;
  /** As in a case. */
  schema?: any;
}

/** What came of a run of policies. */
export interface TestResult {
  /** How the run ended. */
  readonly outcome: string;
  /** Why it ended so; may be empty. */
  readonly reason: string;
  /** The reason of a veto. */
  readonly veto: string | null;
  /** How the policy failed. */
  readonly error: string | null;
  /** Whether no byte changed. */
  readonly unchanged: boolean;
  /** Every edit. */
  readonly edits: Array<any>;
  /** What the policy logged. */
  readonly log: Array<string>;
  /** What it warned of. */
  readonly warnings: Array<string>;
  /** What it printed. */
  readonly printed: Array<string>;
  /** Pages edited, and bytes. */
  readonly pages: any;
  /** By grant, what was appended, requested or given to the command. */
  readonly grants: Record<string, Array<string>>;
  /** The image before. */
  readonly before: Image;
  /** The image after. */
  readonly image: Image;
  /** The config after. */
  readonly config: Config;
  /** The site metadata after. */
  readonly metadata: Metadata;
  /** The records after. */
  readonly records: Array<XenRecord>;
  /** The sections of sites after. */
  readonly sections: Array<SiteSection>;
  /** A record after. */
  record(options: TestResultRecordOptions): XenRecord;
  /** A record after. */
  record(type: RecordType, options: Omit<TestResultRecordOptions, 'type'>): XenRecord;
  /**
   * A record after.
   * @param type the name of the type
   * @param index which of several; 0 if absent
   */
  record(type: RecordType, index?: number): XenRecord;
  /**
   * A page after.
   * @param pfn the page frame number
   */
  page(pfn: number): Page;
  /** Where the pages have a text after. */
  find(options?: TestResultFindOptions): Array<ImageMatch>;
  /** Where the pages have a text after. */
  find(text: string, options: Omit<TestResultFindOptions, 'text'>): Array<ImageMatch>;
  /**
   * Where the pages have a text after.
   * @param text what to look for, as text in UTF-8
   * @param limit at most so many matches; 1024 if absent
   * @param hex what to look for, in hex digits
   * @param bytes what to look for, as bytes
   * @param types only pages of these types; ordinary pages if absent
   * @param pfnFrom the first PFN; 0 if absent
   * @param pfnTo the PFN after the last; no end if absent
   */
  find(
    text?: string,
    limit?: number,
    hex?: string,
    bytes?: Bytes,
    types?: PageType | Array<PageType>,
    pfnFrom?: number,
    pfnTo?: number,
  ): Array<ImageMatch>;
}

/** The arguments of record by name. */
export interface TestResultRecordOptions {
  /** The name of the type. */
  type: RecordType;
  /** Which of several; 0 if absent. */
  index?: number;
}

/** The arguments of find by name. */
export interface TestResultFindOptions {
  /** What to look for, as text in UTF-8. */
  text?: string;
  /** At most so many matches; 1024 if absent. */
  limit?: number;
  /** What to look for, in hex digits. */
  hex?: string;
  /** What to look for, as bytes. */
  bytes?: Bytes;
  /** Only pages of these types; ordinary pages if absent. */
  types?: PageType | Array<PageType>;
  /** The first PFN; 0 if absent. */
  pfnFrom?: number;
  /** The PFN after the last; no end if absent. */
  pfnTo?: number;
}

/** The fields of CHECKPOINT_END. */
export interface CheckpointEndFields {
}

/** The fields of CHECKPOINT_STATE. */
export interface CheckpointStateFields {
  /** u32 */
  control_id: number;
  /** u32 */
  padding?: number;
}

/** The fields of EMULATOR_CONTEXT. */
export interface EmulatorContextFields {
  /** u32 */
  emulator_id: number;
  /** u32 */
  index: number;
  /** bytes in hex */
  emulator_ctx: string;
}

/** The fields of EMULATOR_XENSTORE_DATA. */
export interface EmulatorXenstoreDataFields {
  /** u32 */
  emulator_id: number;
  /** u32 */
  index: number;
  /** a list of structures */
  pairs: Array<EmulatorXenstoreDataFieldsPairs>;
}

/** pairs */
export interface EmulatorXenstoreDataFieldsPairs {
  /** text */
  key: string;
  /** text */
  value: string;
}

/** The fields of END. */
export interface LibxlEndFields {
}

/** The fields of LIBXC_CONTEXT. */
export interface LibxcContextFields {
}

/** The fields of CHECKPOINT. */
export interface CheckpointFields {
}

/** The fields of CHECKPOINT_DIRTY_PFN_LIST. */
export interface CheckpointDirtyPfnListFields {
  /** a list of u64 */
  pfn: Array<number>;
}

/** The fields of END. */
export interface EndFields {
}

/** The fields of HVM_CONTEXT. */
export interface HvmContextFields {
  /** a list of structures */
  entries: Array<HvmContextFieldsEntries>;
  /** bytes in hex */
  trailing?: string;
}

/** entries */
export interface HvmContextFieldsEntries {
  /** u16 */
  typecode: number;
  /** u16 */
  instance: number;
  /** a structure */
  end?: HvmContextFieldsEntriesEnd;
  /** a structure */
  header?: HvmContextFieldsEntriesHeader;
  /** a structure */
  cpu?: HvmContextFieldsEntriesCpu;
  /** a structure */
  pic?: HvmContextFieldsEntriesPic;
  /** a structure */
  ioapic?: HvmContextFieldsEntriesIoapic;
  /** a structure */
  lapic?: HvmContextFieldsEntriesLapic;
  /** a structure */
  lapic_regs?: HvmContextFieldsEntriesLapicRegs;
  /** a structure */
  pci_irq?: HvmContextFieldsEntriesPciIrq;
  /** a structure */
  isa_irq?: HvmContextFieldsEntriesIsaIrq;
  /** a structure */
  pci_link?: HvmContextFieldsEntriesPciLink;
  /** a structure */
  pit?: HvmContextFieldsEntriesPit;
  /** a structure */
  rtc?: HvmContextFieldsEntriesRtc;
  /** a structure */
  hpet?: HvmContextFieldsEntriesHpet;
  /** a structure */
  pmtimer?: HvmContextFieldsEntriesPmtimer;
  /** a structure */
  mtrr?: HvmContextFieldsEntriesMtrr;
  /** a structure */
  viridian_domain?: HvmContextFieldsEntriesViridianDomain;
  /** a structure */
  cpu_xsave?: HvmContextFieldsEntriesCpuXsave;
  /** a structure */
  viridian_vcpu?: HvmContextFieldsEntriesViridianVcpu;
  /** a structure */
  vmce_vcpu?: HvmContextFieldsEntriesVmceVcpu;
  /** a structure */
  tsc_adjust?: HvmContextFieldsEntriesTscAdjust;
  /** a structure */
  cpu_msr?: HvmContextFieldsEntriesCpuMsr;
  /** bytes in hex */
  bytes?: string;
}

/** end */
export interface HvmContextFieldsEntriesEnd {
}

/** header */
export interface HvmContextFieldsEntriesHeader {
  /** u32 */
  magic: number;
  /** u32 */
  version: number;
  /** u64 */
  changeset: bigint;
  /** u32 */
  cpuid: number;
  /** u32 */
  gtsc_khz: number;
}

/** cpu */
export interface HvmContextFieldsEntriesCpu {
  /** bytes in hex */
  fpu_regs: string;
  /** u64 */
  rax: bigint;
  /** u64 */
  rbx: bigint;
  /** u64 */
  rcx: bigint;
  /** u64 */
  rdx: bigint;
  /** u64 */
  rbp: bigint;
  /** u64 */
  rsi: bigint;
  /** u64 */
  rdi: bigint;
  /** u64 */
  rsp: bigint;
  /** u64 */
  r8: bigint;
  /** u64 */
  r9: bigint;
  /** u64 */
  r10: bigint;
  /** u64 */
  r11: bigint;
  /** u64 */
  r12: bigint;
  /** u64 */
  r13: bigint;
  /** u64 */
  r14: bigint;
  /** u64 */
  r15: bigint;
  /** u64 */
  rip: bigint;
  /** u64 */
  rflags: bigint;
  /** u64 */
  cr0: bigint;
  /** u64 */
  cr2: bigint;
  /** u64 */
  cr3: bigint;
  /** u64 */
  cr4: bigint;
  /** u64 */
  dr0: bigint;
  /** u64 */
  dr1: bigint;
  /** u64 */
  dr2: bigint;
  /** u64 */
  dr3: bigint;
  /** u64 */
  dr6: bigint;
  /** u64 */
  dr7: bigint;
  /** u32 */
  cs_sel: number;
  /** u32 */
  ds_sel: number;
  /** u32 */
  es_sel: number;
  /** u32 */
  fs_sel: number;
  /** u32 */
  gs_sel: number;
  /** u32 */
  ss_sel: number;
  /** u32 */
  tr_sel: number;
  /** u32 */
  ldtr_sel: number;
  /** u32 */
  cs_limit: number;
  /** u32 */
  ds_limit: number;
  /** u32 */
  es_limit: number;
  /** u32 */
  fs_limit: number;
  /** u32 */
  gs_limit: number;
  /** u32 */
  ss_limit: number;
  /** u32 */
  tr_limit: number;
  /** u32 */
  ldtr_limit: number;
  /** u32 */
  idtr_limit: number;
  /** u32 */
  gdtr_limit: number;
  /** u64 */
  cs_base: bigint;
  /** u64 */
  ds_base: bigint;
  /** u64 */
  es_base: bigint;
  /** u64 */
  fs_base: bigint;
  /** u64 */
  gs_base: bigint;
  /** u64 */
  ss_base: bigint;
  /** u64 */
  tr_base: bigint;
  /** u64 */
  ldtr_base: bigint;
  /** u64 */
  idtr_base: bigint;
  /** u64 */
  gdtr_base: bigint;
  /** u32 */
  cs_arbytes: number;
  /** u32 */
  ds_arbytes: number;
  /** u32 */
  es_arbytes: number;
  /** u32 */
  fs_arbytes: number;
  /** u32 */
  gs_arbytes: number;
  /** u32 */
  ss_arbytes: number;
  /** u32 */
  tr_arbytes: number;
  /** u32 */
  ldtr_arbytes: number;
  /** u64 */
  sysenter_cs: bigint;
  /** u64 */
  sysenter_esp: bigint;
  /** u64 */
  sysenter_eip: bigint;
  /** u64 */
  shadow_gs: bigint;
  /** u64 */
  msr_flags: bigint;
  /** u64 */
  msr_lstar: bigint;
  /** u64 */
  msr_star: bigint;
  /** u64 */
  msr_cstar: bigint;
  /** u64 */
  msr_syscall_mask: bigint;
  /** u64 */
  msr_efer: bigint;
  /** u64 */
  msr_tsc_aux?: bigint;
  /** u64 */
  tsc: bigint;
  /** u32 */
  pending_event: number;
  /** u32 */
  error_code: number;
  /** u32 */
  flags?: number;
  /** bytes in hex */
  pad0?: string;
}

/** pic */
export interface HvmContextFieldsEntriesPic {
  /** u8 */
  irr: number;
  /** u8 */
  imr: number;
  /** u8 */
  isr: number;
  /** u8 */
  irq_base: number;
  /** u8 */
  init_state_priority_add: number;
  /** u8 */
  modes: number;
  /** u8 */
  elcr: number;
  /** u8 */
  int_output: number;
}

/** ioapic */
export interface HvmContextFieldsEntriesIoapic {
  /** u64 */
  base_address: bigint;
  /** u32 */
  ioregsel: number;
  /** u32 */
  id: number;
  /** a list of u64 */
  redirtbl: Array<bigint>;
}

/** lapic */
export interface HvmContextFieldsEntriesLapic {
  /** u64 */
  apic_base_msr: bigint;
  /** u32 */
  disabled: number;
  /** u32 */
  timer_divisor: number;
  /** u64 */
  tdt_msr?: bigint;
  /** u32 */
  pending_esr?: number;
  /** bytes in hex */
  _pad?: string;
}

/** lapic_regs */
export interface HvmContextFieldsEntriesLapicRegs {
  /** bytes in hex */
  _res_000?: string;
  /** u32 */
  id: number;
  /** bytes in hex */
  _res_024?: string;
  /** u32 */
  version: number;
  /** bytes in hex */
  _res_034?: string;
  /** u32 */
  tpr: number;
  /** bytes in hex */
  _res_084?: string;
  /** u32 */
  apr: number;
  /** bytes in hex */
  _res_094?: string;
  /** u32 */
  ppr: number;
  /** bytes in hex */
  _res_0a4?: string;
  /** u32 */
  eoi: number;
  /** bytes in hex */
  _res_0b4?: string;
  /** u32 */
  rrd: number;
  /** bytes in hex */
  _res_0c4?: string;
  /** u32 */
  ldr: number;
  /** bytes in hex */
  _res_0d4?: string;
  /** u32 */
  dfr: number;
  /** bytes in hex */
  _res_0e4?: string;
  /** u32 */
  svr: number;
  /** bytes in hex */
  _res_0f4?: string;
  /** a list of u32 */
  isr: Array<number>;
  /** bytes in hex */
  _isr_gaps?: string;
  /** a list of u32 */
  tmr: Array<number>;
  /** bytes in hex */
  _tmr_gaps?: string;
  /** a list of u32 */
  irr: Array<number>;
  /** bytes in hex */
  _irr_gaps?: string;
  /** u32 */
  esr: number;
  /** bytes in hex */
  _res_284?: string;
  /** u32 */
  lvt_cmci: number;
  /** bytes in hex */
  _res_2f4?: string;
  /** u32 */
  icr: number;
  /** bytes in hex */
  _res_304?: string;
  /** u32 */
  icr2: number;
  /** bytes in hex */
  _res_314?: string;
  /** u32 */
  lvt_timer: number;
  /** bytes in hex */
  _res_324?: string;
  /** u32 */
  lvt_thermal: number;
  /** bytes in hex */
  _res_334?: string;
  /** u32 */
  lvt_performance: number;
  /** bytes in hex */
  _res_344?: string;
  /** u32 */
  lvt_lint0: number;
  /** bytes in hex */
  _res_354?: string;
  /** u32 */
  lvt_lint1: number;
  /** bytes in hex */
  _res_364?: string;
  /** u32 */
  lvt_error: number;
  /** bytes in hex */
  _res_374?: string;
  /** u32 */
  timer_initial: number;
  /** bytes in hex */
  _res_384?: string;
  /** u32 */
  timer_current: number;
  /** bytes in hex */
  _res_394?: string;
  /** u32 */
  timer_divide: number;
  /** bytes in hex */
  _res_3e4?: string;
}

/** pci_irq */
export interface HvmContextFieldsEntriesPciIrq {
  /** a list of u64 */
  i: Array<bigint>;
}

/** isa_irq */
export interface HvmContextFieldsEntriesIsaIrq {
  /** a list of u64 */
  i: Array<bigint>;
}

/** pci_link */
export interface HvmContextFieldsEntriesPciLink {
  /** a list of u8 */
  route: Array<number>;
  /** bytes in hex */
  pad0?: string;
}

/** pit */
export interface HvmContextFieldsEntriesPit {
  /** a list of structures */
  channels: Array<HvmContextFieldsEntriesPitChannels>;
  /** u32 */
  speaker_data_on: number;
  /** bytes in hex */
  pad0?: string;
}

/** channels */
export interface HvmContextFieldsEntriesPitChannels {
  /** u32 */
  count: number;
  /** u16 */
  latched_count: number;
  /** u8 */
  count_latched: number;
  /** u8 */
  status_latched: number;
  /** u8 */
  status: number;
  /** u8 */
  read_state: number;
  /** u8 */
  write_state: number;
  /** u8 */
  write_latch: number;
  /** u8 */
  rw_mode: number;
  /** u8 */
  mode: number;
  /** u8 */
  bcd: number;
  /** u8 */
  gate: number;
}

/** rtc */
export interface HvmContextFieldsEntriesRtc {
  /** bytes in hex */
  cmos_data: string;
  /** u8 */
  cmos_index: number;
  /** bytes in hex */
  pad0?: string;
  /** u64 */
  rtc_offset: bigint;
}

/** hpet */
export interface HvmContextFieldsEntriesHpet {
  /** u64 */
  capability: bigint;
  /** bytes in hex */
  res0?: string;
  /** u64 */
  config: bigint;
  /** bytes in hex */
  res1?: string;
  /** u64 */
  isr: bigint;
  /** bytes in hex */
  res2?: string;
  /** u64 */
  mc64: bigint;
  /** bytes in hex */
  res3?: string;
  /** a list of structures */
  timers: Array<HvmContextFieldsEntriesHpetTimers>;
  /** bytes in hex */
  res5?: string;
  /** a list of u64 */
  period: Array<bigint>;
}

/** timers */
export interface HvmContextFieldsEntriesHpetTimers {
  /** u64 */
  config: bigint;
  /** u64 */
  cmp: bigint;
  /** u64 */
  fsb: bigint;
  /** bytes in hex */
  res4?: string;
}

/** pmtimer */
export interface HvmContextFieldsEntriesPmtimer {
  /** u32 */
  tmr_val: number;
  /** u16 */
  pm1a_sts: number;
  /** u16 */
  pm1a_en: number;
}

/** mtrr */
export interface HvmContextFieldsEntriesMtrr {
  /** u64 */
  msr_pat_cr: bigint;
  /** a list of u64 */
  msr_mtrr_var: Array<bigint>;
  /** a list of u64 */
  msr_mtrr_fixed: Array<bigint>;
  /** u64 */
  msr_mtrr_cap: bigint;
  /** u64 */
  msr_mtrr_def_type: bigint;
}

/** viridian_domain */
export interface HvmContextFieldsEntriesViridianDomain {
  /** u64 */
  hypercall_gpa: bigint;
  /** u64 */
  guest_os_id: bigint;
  /** u64 */
  time_ref_count?: bigint;
  /** u64 */
  reference_tsc?: bigint;
}

/** cpu_xsave */
export interface HvmContextFieldsEntriesCpuXsave {
  /** u64 */
  xfeature_mask: bigint;
  /** u64 */
  xcr0: bigint;
  /** u64 */
  xcr0_accum: bigint;
  /** a structure */
  save_area: HvmContextFieldsEntriesCpuXsaveSaveArea;
}

/** save_area */
export interface HvmContextFieldsEntriesCpuXsaveSaveArea {
  /** bytes in hex */
  fpu_sse: string;
  /** a structure */
  xsave_hdr: HvmContextFieldsEntriesCpuXsaveSaveAreaXsaveHdr;
  /** bytes in hex */
  extended: string;
}

/** xsave_hdr */
export interface HvmContextFieldsEntriesCpuXsaveSaveAreaXsaveHdr {
  /** u64 */
  xstate_bv: bigint;
  /** u64 */
  xcomp_bv: bigint;
  /** bytes in hex */
  reserved?: string;
}

/** viridian_vcpu */
export interface HvmContextFieldsEntriesViridianVcpu {
  /** u64 */
  vp_assist_msr: bigint;
  /** u8 */
  apic_assist_pending?: number;
  /** bytes in hex */
  _pad?: string;
  /** u64 */
  simp_msr?: bigint;
  /** a list of u64 */
  sint_msr?: Array<bigint>;
  /** a list of u64 */
  stimer_config_msr?: Array<bigint>;
  /** a list of u64 */
  stimer_count_msr?: Array<bigint>;
}

/** vmce_vcpu */
export interface HvmContextFieldsEntriesVmceVcpu {
  /** u64 */
  caps: bigint;
  /** u64 */
  mci_ctl2_bank0?: bigint;
  /** u64 */
  mci_ctl2_bank1?: bigint;
  /** u64 */
  mcg_ext_ctl?: bigint;
}

/** tsc_adjust */
export interface HvmContextFieldsEntriesTscAdjust {
  /** u64 */
  tsc_adjust: bigint;
}

/** cpu_msr */
export interface HvmContextFieldsEntriesCpuMsr {
  /** bytes in hex */
  _pad?: string;
  /** a list of structures */
  msr: Array<HvmContextFieldsEntriesCpuMsrMsr>;
}

/** msr */
export interface HvmContextFieldsEntriesCpuMsrMsr {
  /** u32 */
  index: number;
  /** u32 */
  _rsvd: number;
  /** u64 */
  val: bigint;
}

/** The fields of HVM_PARAMS. */
export interface HvmParamsFields {
  /** u32 */
  reserved: number;
  /** a list of structures */
  param: Array<HvmParamsFieldsParam>;
}

/** param */
export interface HvmParamsFieldsParam {
  /** u64 */
  index: number;
  /** u64 */
  value: bigint;
}

/** The fields of SHARED_INFO. */
export interface SharedInfoFields {
  /** a list of structures */
  vcpu_info: Array<SharedInfoFieldsVcpuInfo>;
  /** a list of u64 or a list of u32 */
  evtchn_pending: Array<bigint | number>;
  /** a list of u64 or a list of u32 */
  evtchn_mask: Array<bigint | number>;
  /** u32 */
  wc_version: number;
  /** u32 */
  wc_sec: number;
  /** u32 */
  wc_nsec: number;
  /** u32 */
  wc_sec_hi?: number;
  /** a structure */
  arch: SharedInfoFieldsArch;
  /** bytes in hex */
  rest: string;
}

/** vcpu_info */
export interface SharedInfoFieldsVcpuInfo {
  /** u8 */
  evtchn_upcall_pending: number;
  /** u8 */
  evtchn_upcall_mask: number;
  /** bytes in hex */
  _pad?: string;
  /** u64 or u32 */
  evtchn_pending_sel: bigint | number;
  /** a structure */
  arch: SharedInfoFieldsVcpuInfoArch;
  /** a structure */
  time: SharedInfoFieldsVcpuInfoTime;
}

/** arch */
export interface SharedInfoFieldsVcpuInfoArch {
  /** u64 or u32 */
  cr2: bigint | number;
  /** bytes in hex */
  pad?: string;
}

/** time */
export interface SharedInfoFieldsVcpuInfoTime {
  /** u32 */
  version: number;
  /** bytes in hex */
  pad0?: string;
  /** u64 */
  tsc_timestamp: bigint;
  /** u64 */
  system_time: bigint;
  /** u32 */
  tsc_to_system_mul: number;
  /** u8 */
  tsc_shift: number;
  /** u8 */
  flags: number;
  /** bytes in hex */
  pad1?: string;
}

/** arch */
export interface SharedInfoFieldsArch {
  /** u64 or u32 */
  max_pfn: bigint | number;
  /** u64 or u32 */
  pfn_to_mfn_frame_list_list: bigint | number;
  /** u64 or u32 */
  nmi_reason: bigint | number;
  /** u64 or u32 */
  p2m_cr3: bigint | number;
  /** u64 or u32 */
  p2m_vaddr: bigint | number;
  /** u64 or u32 */
  p2m_generation: bigint | number;
  /** u32 */
  wc_sec_hi?: number;
}

/** The fields of STATIC_DATA_END. */
export interface StaticDataEndFields {
}

/** The fields of TOOLSTACK. */
export interface ToolstackFields {
  /** bytes in hex */
  data: string;
}

/** The fields of VERIFY. */
export interface VerifyFields {
}

/** The fields of X86_CPUID_POLICY. */
export interface X86CpuidPolicyFields {
  /** a list of structures */
  leaves: Array<X86CpuidPolicyFieldsLeaves>;
}

/** leaves */
export interface X86CpuidPolicyFieldsLeaves {
  /** u32 */
  leaf: number;
  /** u32 */
  subleaf: number;
  /** u32 */
  eax: number;
  /** u32 */
  ebx: number;
  /** u32 */
  ecx: number;
  /** u32 */
  edx: number;
}

/** The fields of X86_MSR_POLICY. */
export interface X86MsrPolicyFields {
  /** a list of structures */
  msrs: Array<X86MsrPolicyFieldsMsrs>;
}

/** msrs */
export interface X86MsrPolicyFieldsMsrs {
  /** u32 */
  index: number;
  /** u32 */
  flags: number;
  /** u64 */
  value: bigint;
}

/** The fields of X86_PV_INFO. */
export interface X86PvInfoFields {
  /** u8 */
  guest_width: number;
  /** u8 */
  pt_levels: number;
  /** bytes in hex */
  reserved: string;
}

/** The fields of X86_PV_P2M_FRAMES. */
export interface X86PvP2mFramesFields {
  /** u32 */
  p2m_start_pfn: number;
  /** u32 */
  p2m_end_pfn: number;
  /** a list of u64 */
  p2m_pfn: Array<number>;
}

/** The fields of X86_PV_VCPU_BASIC. */
export interface X86PvVcpuBasicFields {
  /** u32 */
  vcpu_id: number;
  /** u32 */
  reserved: number;
  /** bytes in hex */
  fpu_ctxt?: string;
  /** u64 or u32 */
  flags?: bigint | number;
  /** a structure */
  user_regs?: X86PvVcpuBasicFieldsUserRegs;
  /** a list of structures */
  trap_ctxt?: Array<X86PvVcpuBasicFieldsTrapCtxt>;
  /** u64 or u32 */
  ldt_base?: bigint | number;
  /** u64 or u32 */
  ldt_ents?: number;
  /** a list of u64 or a list of u32 */
  gdt_frames?: Array<bigint | number>;
  /** u64 or u32 */
  gdt_ents?: number;
  /** u64 or u32 */
  kernel_ss?: bigint | number;
  /** u64 or u32 */
  kernel_sp?: bigint | number;
  /** a list of u64 or a list of u32 */
  ctrlreg?: Array<bigint | number>;
  /** a list of u64 or a list of u32 */
  debugreg?: Array<bigint | number>;
  /** u64 or u32 */
  event_callback_eip?: bigint | number;
  /** u64 or u32 */
  failsafe_callback_eip?: bigint | number;
  /** u64 */
  syscall_callback_eip?: bigint;
  /** u64 or u32 */
  vm_assist?: bigint | number;
  /** u64 */
  fs_base?: bigint;
  /** u64 */
  gs_base_kernel?: bigint;
  /** u64 */
  gs_base_user?: bigint;
  /** u32 */
  event_callback_cs?: number;
  /** u32 */
  failsafe_callback_cs?: number;
}

/** user_regs */
export interface X86PvVcpuBasicFieldsUserRegs {
  /** u64 */
  r15?: bigint;
  /** u64 */
  r14?: bigint;
  /** u64 */
  r13?: bigint;
  /** u64 */
  r12?: bigint;
  /** u64 */
  rbp?: bigint;
  /** u64 */
  rbx?: bigint;
  /** u64 */
  r11?: bigint;
  /** u64 */
  r10?: bigint;
  /** u64 */
  r9?: bigint;
  /** u64 */
  r8?: bigint;
  /** u64 */
  rax?: bigint;
  /** u64 */
  rcx?: bigint;
  /** u64 */
  rdx?: bigint;
  /** u64 */
  rsi?: bigint;
  /** u64 */
  rdi?: bigint;
  /** u32 or u16 */
  error_code: number;
  /** u32 or u16 */
  entry_vector: number;
  /** u64 */
  rip?: bigint;
  /** u16 */
  cs: number;
  /** bytes in hex */
  _pad0?: string;
  /** u8 */
  saved_upcall_mask: number;
  /** bytes in hex */
  _pad1?: string;
  /** u64 */
  rflags?: bigint;
  /** u64 */
  rsp?: bigint;
  /** u16 */
  ss: number;
  /** bytes in hex */
  _pad2?: string;
  /** u16 */
  es: number;
  /** bytes in hex */
  _pad3?: string;
  /** u16 */
  ds: number;
  /** bytes in hex */
  _pad4?: string;
  /** u16 */
  fs: number;
  /** bytes in hex */
  _pad5?: string;
  /** u16 */
  gs: number;
  /** bytes in hex */
  _pad6?: string;
  /** u32 */
  ebx?: number;
  /** u32 */
  ecx?: number;
  /** u32 */
  edx?: number;
  /** u32 */
  esi?: number;
  /** u32 */
  edi?: number;
  /** u32 */
  ebp?: number;
  /** u32 */
  eax?: number;
  /** u32 */
  eip?: number;
  /** u32 */
  eflags?: number;
  /** u32 */
  esp?: number;
}

/** trap_ctxt */
export interface X86PvVcpuBasicFieldsTrapCtxt {
  /** u8 */
  vector: number;
  /** u8 */
  flags: number;
  /** u16 */
  cs: number;
  /** bytes in hex */
  _pad?: string;
  /** u64 or u32 */
  address: bigint | number;
}

/** The fields of X86_PV_VCPU_EXTENDED. */
export interface X86PvVcpuExtendedFields {
  /** u32 */
  vcpu_id: number;
  /** u32 */
  reserved: number;
  /** u32 */
  vcpu?: number;
  /** u32 */
  size?: number;
  /** u64 */
  syscall32_callback_eip?: bigint;
  /** u64 */
  sysenter_callback_eip?: bigint;
  /** u16 */
  syscall32_callback_cs?: number;
  /** u16 */
  sysenter_callback_cs?: number;
  /** u8 */
  syscall32_disables_events?: number;
  /** u8 */
  sysenter_disables_events?: number;
  /** bytes in hex */
  _pad?: string;
  /** a structure */
  vmce?: X86PvVcpuExtendedFieldsVmce;
  /** bytes in hex */
  context?: string;
}

/** vmce */
export interface X86PvVcpuExtendedFieldsVmce {
  /** u64 */
  caps: bigint;
  /** u64 */
  mci_ctl2_bank0?: bigint;
  /** u64 */
  mci_ctl2_bank1?: bigint;
  /** u64 */
  mcg_ext_ctl?: bigint;
}

/** The fields of X86_PV_VCPU_MSRS. */
export interface X86PvVcpuMsrsFields {
  /** u32 */
  vcpu_id: number;
  /** u32 */
  reserved: number;
  /** a list of structures */
  msrs: Array<X86PvVcpuMsrsFieldsMsrs>;
}

/** msrs */
export interface X86PvVcpuMsrsFieldsMsrs {
  /** u32 */
  index: number;
  /** u32 */
  reserved: number;
  /** u64 */
  value: bigint;
}

/** The fields of X86_PV_VCPU_XSAVE. */
export interface X86PvVcpuXsaveFields {
  /** u32 */
  vcpu_id: number;
  /** u32 */
  reserved: number;
  /** u64 */
  xcr0?: bigint;
  /** u64 */
  xcr0_accum?: bigint;
  /** a structure or bytes in hex */
  save_area?: string | X86PvVcpuXsaveFieldsSaveArea;
}

/** save_area */
export interface X86PvVcpuXsaveFieldsSaveArea {
  /** bytes in hex */
  fpu_sse: string;
  /** a structure */
  xsave_hdr: X86PvVcpuXsaveFieldsSaveAreaXsaveHdr;
  /** bytes in hex */
  extended: string;
}

/** xsave_hdr */
export interface X86PvVcpuXsaveFieldsSaveAreaXsaveHdr {
  /** u64 */
  xstate_bv: bigint;
  /** u64 */
  xcomp_bv: bigint;
  /** bytes in hex */
  reserved?: string;
}

/** The fields of X86_TSC_INFO. */
export interface X86TscInfoFields {
  /** u32 */
  mode: number;
  /** u32 */
  khz: number;
  /** u64 */
  nsec: bigint;
  /** u32 */
  incarnation: number;
  /** u32 */
  reserved: number;
}

/** Called once, before anything is read of the image but its headers: declares page rules, refuses a run. */
export type OnBegin = (ctx: Context) => void;

/**
 * Called with the toolstack's config, if the image has one, to edit it in place: xl's JSON, or libvirt's XML
 * or xenopsd's record as a tree.
 */
export type OnConfig = (config: Config, ctx: Context) => void;

/** Called with the site metadata, to edit it in place: keys with the namespace of the site. */
export type OnMetadata = (meta: Metadata, ctx: Context) => void;

/** Called for each record but page data, to edit, drop or replace it, or to insert others beside it. */
export type OnRecord = (record: XenRecord, ctx: Context) => void;

/** Called for each batch of pages, after the page rules, to search and edit them. */
export type OnPages = (batch: PageBatch, ctx: Context) => void;

/** Called for each site section of a native image, when its pages have ended, to read, edit or drop it. */
export type OnSection = (section: SiteSection, ctx: Context) => void;

/** Called when the image is complete; the last chance to refuse the run. */
export type OnEnd = (summary: Summary, ctx: Context) => void;

/** Called for every policy that began, the last first, if the run fails. */
export type OnFailure = (error: Failure, ctx: Context) => void;

/** What a policy exports: its header and its hooks. */
export interface PolicyModule {
  policy: Policy;
  onBegin?: OnBegin;
  onConfig?: OnConfig;
  onMetadata?: OnMetadata;
  onRecord?: OnRecord;
  onPages?: OnPages;
  onSection?: OnSection;
  onEnd?: OnEnd;
  onFailure?: OnFailure;
}

/**
 * The exports of a policy, so that one that looks like a hook and is none is an error:
 * `import * as mine from './mine.js'; const checked: Checked<typeof mine> = mine;`
 */
export type Checked<Module> = { policy: Policy } & {
  [Name in keyof Module]: Name extends keyof PolicyModule
    ? PolicyModule[Name]
    : Name extends `on${Capitalize<string>}`
      ? never
      : unknown;
};

/** What a policy prints goes to the decision log. */
declare global {
  var console: {
    log(...values: any[]): void;
    warn(...values: any[]): void;
    error(...values: any[]): void;
  };
}
