package org.xenimage.image.record;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

/** The emulators that emulator records name (libxl-migration-stream, section Emulator Records). */
final class Emulators {
    /** Not known: the stream was a legacy one. */
    public static final long UNKNOWN = 0;

    /** The device model of Xen's own that 4.21 dropped. */
    public static final long QEMU_TRADITIONAL = 1;

    /** QEMU. */
    public static final long QEMU_UPSTREAM = 2;

    private static final List<String> NAMES =
            List.of("UNKNOWN", "QEMU_TRADITIONAL", "QEMU_UPSTREAM");

    private Emulators() {}

    /**
     * Names an emulator.
     *
     * @param id the emulator_id of a record
     * @return its name, if it has one
     */
    public static Optional<String> name(long id) {
        return id >= 0 && id < NAMES.size() ? Optional.of(NAMES.get((int) id)) : Optional.empty();
    }

    static SequencedMap<String, String> names(long id) {
        SequencedMap<String, String> names = new LinkedHashMap<>();
        name(id).ifPresent(name -> names.put("emulator_id", name));
        return Collections.unmodifiableSequencedMap(names);
    }
}
