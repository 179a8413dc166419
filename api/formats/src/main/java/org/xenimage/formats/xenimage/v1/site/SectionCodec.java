package org.xenimage.formats.xenimage.v1.site;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.formats.xenimage.v1.Native;
import org.xenimage.formats.xenimage.v1.chunk.Chunk;
import org.xenimage.formats.xenimage.v1.seal.ImageCipher;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.LimitExceeded;
import org.xenimage.image.foreign.BoundedJson;
import org.xenimage.image.foreign.TreeBudget;
import org.xenimage.image.section.SectionHead;
import org.xenimage.image.section.SiteSection;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The content of one section {@code .site.NAME}: chunks, of which the first is the head.
 *
 * <pre>
 *   chunk of kind 2   JSON: type, mandatory, length, sha256; never encrypted
 *   chunks of kind 1  the content in pieces, compressed and encrypted as the image is
 *   chunk of kind 0   the end
 * </pre>
 *
 * <p>A section is decoded into memory as a whole, at most 64 MiB, after its head was checked.
 */
public final class SectionCodec {
    /** What the names of these sections begin with in the file. */
    public static final String PREFIX = ".site.";

    private static final int HEAD_MAX = 4096;

    private SectionCodec() {}

    /** A section as it lies in the file. */
    @FunctionalInterface
    public interface Bytes {
        void read(long position, MemorySegment into) throws IOException;
    }

    /** Whether a section of the file is one of a site. */
    public static boolean holds(String section) {
        return section.startsWith(PREFIX);
    }

    /**
     * Encodes a section.
     *
     * @param choice as for the content of the image
     * @return what is to be the content of {@code .site.NAME}
     */
    public static MemorySegment encode(SiteSection section, Chunk.WriteChoice choice) {
        List<MemorySegment> chunks = new ArrayList<>();
        SectionHead head = section.head();
        ObjectNode json =
                JsonNodeFactory.instance
                        .objectNode()
                        .put("type", head.type())
                        .put("mandatory", head.mandatory())
                        .put("length", head.length())
                        .put("sha256", head.sha256());
        byte[] text = json.toString().getBytes(StandardCharsets.US_ASCII);
        chunks.add(Chunk.encode(Chunk.METADATA, MemorySegment.ofArray(text)));
        try (var encoder = new Chunk.Encoder(choice, PREFIX + head.name())) {
            for (long at = 0; at < head.length(); at += Native.PIECE) {
                int bytes = (int) Math.min(Native.PIECE, head.length() - at);
                MemorySegment.copy(section.content(), at, encoder.input(), 0, bytes);
                MemorySegment chunk = encoder.encode(at, bytes);
                MemorySegment copy = Arena.ofAuto().allocate(chunk.byteSize(), 8);
                chunks.add(copy.copyFrom(chunk));
            }
        }
        chunks.add(Chunk.encode(Chunk.END, MemorySegment.NULL));
        long length = chunks.stream().mapToLong(MemorySegment::byteSize).sum();
        MemorySegment all = Arena.ofAuto().allocate(length, 8);
        long at = 0;
        for (MemorySegment chunk : chunks) {
            MemorySegment.copy(chunk, 0, all, at, chunk.byteSize());
            at += chunk.byteSize();
        }
        return all;
    }

    /**
     * Reads the head of a section.
     *
     * @param name of it in the file
     * @param length of it in the file
     */
    public static SectionHead head(String name, long length, Bytes bytes, Fault place)
            throws IOException {
        return new Reading(name, length, bytes, place).head();
    }

    /**
     * Reads the head of a section that is still on its way.
     *
     * @param name of it in the file
     * @param length of what has come of it
     * @return the head, if all of it has come
     */
    public static Optional<SectionHead> headWithin(
            String name, long length, Bytes bytes, Fault place) throws IOException {
        if (length < Chunk.HEADER_LENGTH) return Optional.empty();
        MemorySegment header = Arena.ofAuto().allocate(Chunk.HEADER_LENGTH, 8);
        bytes.read(0, header);
        if (length < Chunk.HEADER_LENGTH + (long) Chunk.decode(header, place).stored())
            return Optional.empty();
        return Optional.of(head(name, length, bytes, place));
    }

    /**
     * Reads a section.
     *
     * @param name of it in the file
     * @param length of it in the file
     * @param cipher of the image, if its key was given
     */
    public static SiteSection decode(
            String name, long length, Bytes bytes, Optional<ImageCipher> cipher, Fault place)
            throws IOException {
        return new Reading(name, length, bytes, place).whole(cipher);
    }

    /** One section on its way. */
    private static final class Reading {
        private final String name;
        private final long length;
        private final Bytes bytes;
        private final Fault place;
        private long at;

        Reading(String name, long length, Bytes bytes, Fault place) {
            this.name = name;
            this.length = length;
            this.bytes = bytes;
            this.place = place.element("section " + name);
        }

        SectionHead head() throws IOException {
            MemorySegment all = next();
            Chunk chunk = Chunk.decode(all, place);
            if (chunk.kind() != Chunk.METADATA || chunk.length() > HEAD_MAX)
                throw new CorruptImage(
                        place.field("kind")
                                .expected("2, the head of a site's section")
                                .found(chunk.kind()));
            MemorySegment text = MemorySegment.ofArray(new byte[chunk.length()]);
            chunk.content(all, text, new Chunk.Origin(name, Optional.empty()), place);
            ObjectNode json =
                    BoundedJson.object(text, BoundedJson.Rules.USUAL, place, TreeBudget.here());
            try {
                return new SectionHead(
                        name.substring(PREFIX.length()),
                        json.path("type").asText(),
                        json.path("mandatory").asBoolean(),
                        json.path("length").asLong(-1),
                        json.path("sha256").asText());
            } catch (IllegalArgumentException e) {
                throw new CorruptImage(
                        place.field("head").problem(String.valueOf(e.getMessage())), e);
            }
        }

        SiteSection whole(Optional<ImageCipher> cipher) throws IOException {
            SectionHead head = head();
            var origin = new Chunk.Origin(name, cipher);
            // A hostile head may promise much, and chunks may be tiny and many: the content grows
            // with what was found, and nothing is kept of a chunk but its bytes.
            MemorySegment content = Arena.ofAuto().allocate(1, 8);
            long found = 0;
            while (true) {
                MemorySegment all = next();
                Chunk chunk = Chunk.decode(all, place);
                if (chunk.kind() == Chunk.END) break;
                if (chunk.kind() != Chunk.CONTENT
                        || chunk.position() != found
                        || chunk.length() == 0
                        || chunk.length() > head.length() - found)
                    throw new CorruptImage(
                            place.field("position, length")
                                    .expected(
                                            "0x%x, with space for 0x%x bytes"
                                                    .formatted(found, head.length() - found))
                                    .found(
                                            "0x%x, 0x%x"
                                                    .formatted(chunk.position(), chunk.length())));
                content = room(content, found, found + chunk.length(), head.length());
                chunk.content(all, content.asSlice(found, chunk.length()), origin, place);
                found += chunk.length();
            }
            if (found != head.length())
                throw new CorruptImage(
                        place.field("length")
                                .expected("0x%x".formatted(head.length()))
                                .found(found));
            SiteSection section =
                    SiteSection.of(
                            head.name(), head.type(), head.mandatory(), content.asSlice(0, found));
            if (!section.head().equals(head))
                throw new CorruptImage(
                        place.field("sha256")
                                .expected(head.sha256())
                                .found(section.head().sha256())
                                .remedy("the section is not what the site put in; do not use it"));
            return section;
        }

        /** The content with space up to an end: twice as much as before, but no more than all of it. */
        private static MemorySegment room(MemorySegment content, long used, long end, long whole) {
            if (end <= content.byteSize()) return content;
            long size = Math.min(whole, Math.max(end, 2 * content.byteSize()));
            return Arena.ofAuto().allocate(size, 8).copyFrom(content.asSlice(0, used));
        }

        /** The next chunk, header and stored bytes. */
        private MemorySegment next() throws IOException {
            require(Chunk.HEADER_LENGTH);
            MemorySegment header = Arena.ofAuto().allocate(Chunk.HEADER_LENGTH, 8);
            bytes.read(at, header);
            Chunk chunk = Chunk.decode(header, place);
            long size = Chunk.HEADER_LENGTH + (long) chunk.stored();
            require(size);
            MemorySegment all = Arena.ofAuto().allocate(size, 8);
            bytes.read(at, all);
            at += size;
            return all;
        }

        private void require(long size) throws CorruptImage {
            if (size > length - at)
                throw new CorruptImage(
                        place.problem("is truncated")
                                .expected("chunks up to the empty chunk")
                                .found("0x%x bytes".formatted(length)));
        }
    }

    /** Refuses sections of one image that are too many, too large together, or have the same name. */
    public static void requireTogether(List<SectionHead> heads, Fault place) throws IOException {
        if (heads.size() > SectionHead.COUNT_MAX)
            throw new LimitExceeded(
                    place.element("sections of sites")
                            .expected("at most " + SectionHead.COUNT_MAX)
                            .found(Integer.toString(heads.size())));
        long length = heads.stream().mapToLong(SectionHead::length).sum();
        if (length > SectionHead.LENGTH_MAX)
            throw new LimitExceeded(
                    place.element("sections of sites")
                            .expected(
                                    "at most 0x%x bytes together".formatted(SectionHead.LENGTH_MAX))
                            .found("0x%x".formatted(length))
                            .remedy("store large data outside the image"));
        List<String> names = new ArrayList<>();
        for (SectionHead head : heads) {
            if (names.contains(head.name()))
                throw new CorruptImage(
                        place.element("section " + PREFIX + head.name()).problem("appears twice"));
            names.add(head.name());
        }
    }
}
