package org.xenimage.formats.xenimage.v1;

import org.xenimage.formats.elf.Note;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.UnsupportedRecord;
import org.xenimage.image.section.SectionRegistry;
import org.xenimage.image.spi.Container;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeSet;

/**
 * What an image uses (section 11), by name.
 *
 * @param mandatory whether a reader must know it, by name, in the order of the image
 */
public record Capabilities(SequencedMap<String, Boolean> mandatory) {
    public static final String ZSTD = "zstd";
    public static final String ROUNDS = "rounds";
    public static final String CHECKPOINTS = "checkpoints";
    public static final String CORE = "core";
    public static final String ENCRYPTED = "aes-256-gcm";
    public static final String PARTIAL = "partial";
    public static final String LIBVIRT = "libvirt";
    public static final String XENOPSD = "xenopsd";
    public static final String DUMP_CORE = Container.DUMP_CORE;

    /** What the capability of a mandatory section of a site begins with; its name follows. */
    private static final String SECTION = "section.";

    private static final Set<String> KNOWN =
            Set.of(
                    ZSTD,
                    ROUNDS,
                    CHECKPOINTS,
                    CORE,
                    ENCRYPTED,
                    PARTIAL,
                    LIBVIRT,
                    XENOPSD,
                    DUMP_CORE);

    public static Capabilities none() {
        return new Capabilities(new LinkedHashMap<>());
    }

    public Capabilities with(String name, boolean needed) {
        var more = new LinkedHashMap<>(mandatory);
        more.put(name, needed);
        return new Capabilities(more);
    }

    public List<Container.Capability> listed() {
        return mandatory.entrySet().stream()
                .map(one -> new Container.Capability(one.getKey(), one.getValue()))
                .toList();
    }

    /** Adds those that this release does not know, which are optional: they go with content that is kept. */
    public Capabilities withUnknown(Capabilities others) {
        Capabilities all = this;
        for (String name : others.mandatory.keySet())
            if (!KNOWN.contains(name) && !name.startsWith(SECTION)) all = all.with(name, false);
        return all;
    }

    /** Adds the sections of sites that a reader must know. */
    public Capabilities withSections(Collection<String> names) {
        Capabilities all = this;
        for (String name : names) all = all.with(SECTION + name, true);
        return all;
    }

    /** The sections of sites that a reader must know. */
    public Set<String> sections() {
        var names = new TreeSet<String>();
        for (Map.Entry<String, Boolean> one : mandatory.entrySet())
            if (one.getValue() && one.getKey().startsWith(SECTION))
                names.add(one.getKey().substring(SECTION.length()));
        return names;
    }

    /** These without the sections of sites. */
    public Capabilities withoutSections() {
        Capabilities all = none();
        for (Map.Entry<String, Boolean> one : mandatory.entrySet())
            if (!one.getKey().startsWith(SECTION)) all = all.with(one.getKey(), one.getValue());
        return all;
    }

    /** Refuses a mandatory section of a site that the caller does not know. */
    public static void requireKnown(String section, SectionRegistry known, Fault place)
            throws UnsupportedRecord {
        if (known.knows(section)) return;
        throw new UnsupportedRecord(
                place.element("section " + section)
                        .problem("is mandatory, and this site does not know it")
                        .remedy(
                                "name a file that describes it with --section-schema, or remove it"
                                        + " with xenimage section drop"));
    }

    public boolean has(String name) {
        return mandatory.containsKey(name);
    }

    public Note note() {
        var text = new ByteArrayOutputStream();
        for (Map.Entry<String, Boolean> one : mandatory.entrySet()) {
            text.writeBytes(
                    ((one.getValue() ? "!" : "?") + one.getKey() + "\0")
                            .getBytes(StandardCharsets.US_ASCII));
        }
        return Note.of(Native.OWNER, Native.NOTE_CAPABILITIES, text.toByteArray());
    }

    /**
     * Decodes the note.
     *
     * @param known the sections of sites that may be mandatory
     */
    public static Capabilities decode(Note note, SectionRegistry known, Fault place)
            throws CorruptImage, UnsupportedRecord {
        Fault fault = place.element("note CAPABILITIES");
        var all = new LinkedHashMap<String, Boolean>();
        String text =
                new String(
                        note.descriptor().toArray(ValueLayout.JAVA_BYTE),
                        StandardCharsets.ISO_8859_1);
        for (String one : text.split("\0", -1)) {
            if (one.isEmpty()) continue;
            if (!one.matches("[!?][a-z0-9.-]{1,64}")) {
                throw new CorruptImage(fault.expected("names after ! or ?").found(one));
            }
            String name = one.substring(1);
            boolean needed = one.charAt(0) == '!';
            if (needed && name.startsWith(SECTION)) {
                requireKnown(name.substring(SECTION.length()), known, place);
            } else if (needed && !KNOWN.contains(name)) {
                throw new UnsupportedRecord(
                        fault.problem("needs the capability " + name)
                                .remedy("this release does not have it; use a newer xenimage"));
            }
            all.put(name, needed);
        }
        return new Capabilities(all);
    }
}
