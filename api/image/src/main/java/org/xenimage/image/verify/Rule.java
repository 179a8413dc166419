package org.xenimage.image.verify;

/**
 * The rules, each with the section of the specification that it comes from.
 *
 * <p>The identifier is stable: scripts and site policies may rely on it.
 */
public enum Rule {
    /** xl: the flags are ones that this release knows. */
    XL_FLAGS("xl-flags", "tools/xl/xl.h: optional flags are zero, mandatory flags are known"),
    /** xl and libvirt: the config is what the toolstack writes. */
    XL_CONFIG(
            "xl-config",
            "tools/xl: the optional data begins with a config: JSON with a trailing NUL; libvirt: the XML"
                    + " of the domain with a trailing NUL"),
    /** libvirt: the unused words of the header. */
    LIBVIRT_HEADER(
            "libvirt-header", "libxl_conf.h, libxlSavefileHeader: the unused words are zero"),
    /** xl and libvirt: what follows the config is known. */
    XL_TAIL("xl-tail", "bytes after the config are site metadata"),

    /** native: the provenance chain. */
    PROVENANCE(
            "provenance",
            "native, 13: the statements follow each other, name the content, and are signed as they say"),

    /** libxl and libxc: the order of layers and headers. */
    STREAM_ORDER(
            "stream-order",
            "each layer is a header, then records, the inner layer after LIBXC_CONTEXT"),
    /** The headers of all layers: byte order. */
    BYTE_ORDER(
            "byte-order",
            "Headers: little-endian for images of x86 hosts; receivers reject anything else"),
    /** libxl header: options. */
    LIBXL_OPTIONS("libxl-options", "libxl, Header: bits 2-31 of options are reserved"),
    /** libxc image header: options and reserved fields. */
    LIBXC_OPTIONS(
            "libxc-options",
            "libxc, Image Header: bits 1-15 of options and the reserved fields are zero"),
    /** libxc domain header. */
    LIBXC_DOMAIN(
            "libxc-domain", "libxc, Domain Header: a known type, page_shift 12, reserved zero"),

    /** Every record: its type is known. */
    RECORD_TYPE("record-type", "Records: an unknown mandatory record must fail a restore"),
    /** Every record: optional types. */
    RECORD_OPTIONAL(
            "record-optional",
            "Records: optional records may be ignored; libxc ignores those it does not know, libxl refuses them"),
    /** Every record: padding. */
    RECORD_PADDING(
            "record-padding", "Records: a body is padded with zeroes to a multiple of 8 bytes"),
    /** Every record: the length of the body. */
    RECORD_LENGTH("record-length", "the body of each record has the length that its fields make"),
    /** Every record: reserved fields. */
    RECORD_RESERVED("record-reserved", "Fields: padding and reserved fields are zero on save"),
    /** Records of another guest type or version. */
    RECORD_MISPLACED(
            "record-misplaced",
            "Layout: the set of valid records depends on guest type and version"),
    /** A record that must appear once appears twice. */
    RECORD_REPEATED("record-repeated", "Layout: this record occurs once in a stream"),
    /** A record that must precede another one does not. */
    RECORD_ORDER("record-order", "Layout: some records must precede those that depend on them"),
    /** A record without which the guest cannot be built. */
    RECORD_MISSING("record-missing", "Layout: this record must appear before END"),
    /** A field of a record has an impossible value. */
    RECORD_FIELD("record-field", "the field tables of the specifications and Xen's public headers"),
    /** A variable-sized record without content. */
    RECORD_EMPTY(
            "record-empty",
            "libxc, Errata 1: records without content should not be there, and are ignored"),
    /** A deprecated record. */
    RECORD_DEPRECATED("record-deprecated", "libxc, TOOLSTACK: should not be used"),

    /** PAGE_DATA: count. */
    PAGE_COUNT("page-count", "libxc, PAGE_DATA: count is above 0 and within the body"),
    /** PAGE_DATA: page types. */
    PAGE_TYPE("page-type", "libxc, PAGE_DATA: an unrecognised page type must fail a restore"),
    /** PAGE_DATA: reserved bits of an entry. */
    PAGE_RESERVED("page-reserved", "libxc, PAGE_DATA: bits 59-52 of an entry are reserved"),
    /** PAGE_DATA: the PFN lies in the guest. */
    PAGE_RANGE("page-range", "libxc, X86_PV_P2M_FRAMES: PFNs lie below the end of the p2m"),

    /** xl: the config and the stream agree about the guest. */
    CONTRADICTION(
            "contradiction",
            "libxl makes the domain of the config, libxc fills it from the stream: type, vCPUs, memory, device model"),

    /** libxc: the vCPUs' extended state against the guest's CPUID policy. */
    EXTENDED_STATE(
            "extended-state",
            "Xen, validate_xstate: a vCPU has used no state component whose feature its CPUID policy hides"),

    /** dump-core: what the file is. */
    CORE("core", "dump-core: memory and vCPUs of a guest; there is nothing for Xen to restore"),
    /** dump-core: its map. */
    CORE_MAP(
            "core-map",
            "dump-core, .xen_p2m and .xen_pfn: one entry for each page, ascending by PFN"),
    /** dump-core: the counts of the note HEADER. */
    CORE_COUNT(
            "core-count",
            "dump-core, XEN_ELFNOTE_DUMPCORE_HEADER: the counts are those of the sections"),

    /** The end of the stream. */
    STREAM_END("stream-end", "libxc, CHECKPOINT: a checkpointed stream may end without END"),
    /** The bytes after the stream. */
    STREAM_TAIL("stream-tail", "xl migrate: only the sender's go-ahead may follow the stream"),
    /** The image is all of what was saved. */
    PARTIAL("partial", "native: an image recovered from a damaged one cannot be restored"),
    /** The image can be read at all. */
    READABLE(
            "readable",
            "headers, record headers and lengths are consistent up to the end of the stream");

    private final String id;
    private final String text;

    Rule(String id, String text) {
        this.id = id;
        this.text = text;
    }

    /** {@return the stable identifier, such as {@code page-type}} */
    public String id() {
        return id;
    }

    /** {@return the rule, and where it is} */
    public String text() {
        return text;
    }
}
