package org.xenimage.formats.core;

import org.xenimage.image.record.RecordType;

/**
 * Optional records in which the stream of a dump-core carries what no record of Xen has. No toolstack reads them: a
 * stream that has them cannot be restored anyway.
 */
public final class CoreRecords {
    /** The bytes of {@code .note.Xen}. */
    public static final RecordType NOTES = RecordType.libxc(0xd8440001);

    /** The bytes of {@code .xen_prstatus}. */
    public static final RecordType CONTEXTS = RecordType.libxc(0xd8440002);

    /** The bytes of {@code .xen_shared_info}. */
    public static final RecordType SHARED_INFO = RecordType.libxc(0xd8440003);

    /** The gmfn of pages of {@code .xen_p2m}, u64 each, in the order of the pages; as many records as it takes. */
    public static final RecordType GMFNS = RecordType.libxc(0xd8440004);

    /** The number of invalid entries at the end of the table of frames, u64. */
    public static final RecordType INVALID = RecordType.libxc(0xd8440005);

    private CoreRecords() {}
}
