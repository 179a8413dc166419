package org.xenimage.image.section;

import org.xenimage.image.seal.Sha256;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.security.MessageDigest;
import java.util.HexFormat;

/**
 * A site section with its content. Sections with equal heads are equal.
 *
 * <p>Immutable and independent of its image: it can be used after the reader is closed, and by several threads.
 */
public final class SiteSection {
    private final SectionHead head;
    private final MemorySegment content;

    private SiteSection(SectionHead head, MemorySegment content) {
        this.head = head;
        this.content = content;
    }

    /**
     * Makes a section.
     *
     * @param name with the site's namespace, such as {@code example.console-log}
     * @param type of the content
     * @param mandatory whether a reader that does not know the section must refuse the image
     * @param content which is copied
     * @return the section
     * @throws IllegalArgumentException if the name or the type is invalid, or the content is too long
     */
    public static SiteSection of(
            String name, String type, boolean mandatory, MemorySegment content) {
        MessageDigest digest = Sha256.begin();
        digest.update(content.asByteBuffer());
        String sha256 = HexFormat.of().formatHex(digest.digest());
        var head = new SectionHead(name, type, mandatory, content.byteSize(), sha256);
        MemorySegment copy = Arena.ofAuto().allocate(Math.max(1, content.byteSize()), 8);
        MemorySegment.copy(content, 0, copy, 0, content.byteSize());
        return new SiteSection(head, copy.asSlice(0, content.byteSize()).asReadOnly());
    }

    /** {@return its head} */
    public SectionHead head() {
        return head;
    }

    /** {@return its name} */
    public String name() {
        return head.name();
    }

    /** {@return its content, read-only} */
    public MemorySegment content() {
        return content;
    }

    /**
     * Replaces the content.
     *
     * @param other which is copied
     * @return a section that is otherwise the same
     * @throws IllegalArgumentException if the content is too long
     */
    public SiteSection withContent(MemorySegment other) {
        return of(head.name(), head.type(), head.mandatory(), other);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SiteSection section && head.equals(section.head);
    }

    @Override
    public int hashCode() {
        return head.hashCode();
    }

    @Override
    public String toString() {
        return "section " + head.name();
    }
}
