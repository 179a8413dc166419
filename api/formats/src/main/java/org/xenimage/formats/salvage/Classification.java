package org.xenimage.formats.salvage;

import org.xenimage.image.record.RecordType;

/** What {@link RecordScanner#classify} finds where a record is expected. */
sealed interface Classification {
    /** A complete record whose body fits its type. */
    record Intact(RecordType type) implements Classification {}

    /** A plausible header, and a body that is not all there, or not what its type says. */
    record Damaged(RecordType type, String why) implements Classification {}

    /** Bytes that are not a record header. */
    record NotARecord(String why) implements Classification {}
}
