package org.xenimage.tests.testkit;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdException;

import org.xenimage.tests.testkit.NativeSections.Section;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.Map;

/**
 * The content digest of a native image, computed of the stream that the image holds now (sections 5 and 10 of the
 * format) and written where the image says it.
 */
final class ForgedDigest {
    private static final int PAGE = 4096;
    private static final int PIECE = 1 << 20;

    /** More than a test makes; what a forged length asks for beyond it is not worth a digest. */
    private static final int STREAM_MAX = 64 << 20;

    private static final int DIGEST_NOTE = 3;
    private static final int DIGEST_CHUNK = 3;
    private static final int CONTENT_CHUNK = 1;

    /** Page types with contents, as section 5 lists them. */
    private static final int WITH_CONTENTS = 0b0001_1110_0001_1111;

    private final ForgedImage image;
    private final ByteBuffer bytes;

    ForgedDigest(ForgedImage image, ByteBuffer bytes) {
        this.image = image;
        this.bytes = bytes;
    }

    /** Writes it; nothing if the stream cannot be put together. */
    void write() {
        if (bytes.limit() < 64) return;
        NativeSections sections = NativeSections.of(bytes);
        if (sections.find(".xenimage.recipe").header() > 0) {
            int note = NativeSections.note(bytes, sections.find(".note.Xenimage"), DIGEST_NOTE);
            if (note >= 0) put(note, seekable(sections));
            return;
        }
        var stream = new ByteArrayOutputStream();
        int digest = -1;
        for (int chunk : image.chunks()) {
            if (image.kind(chunk) == CONTENT_CHUNK) decode(chunk, stream);
            if (image.kind(chunk) == DIGEST_CHUNK) digest = chunk + ForgedImage.HEADER;
        }
        if (digest >= 0) put(digest, stream);
    }

    private void put(int descriptor, ByteArrayOutputStream stream) {
        byte[] all = stream.toByteArray();
        MessageDigest pieces = sha256();
        for (int at = 0; at < all.length; at += PIECE) {
            MessageDigest piece = sha256();
            piece.update(all, at, Math.min(PIECE, all.length - at));
            pieces.update(piece.digest());
        }
        bytes.putLong(descriptor + 8, all.length);
        bytes.put(descriptor + 16, pieces.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private static void append(ByteArrayOutputStream to, byte... more) {
        if (more.length > STREAM_MAX - to.size()) throw new IndexOutOfBoundsException();
        to.writeBytes(more);
    }

    private void decode(int chunk, ByteArrayOutputStream to) {
        int length = image.length(chunk);
        int stored = image.stored(chunk);
        if (length < 0 || length > PIECE || stored < 0 || stored > bytes.limit())
            throw new IndexOutOfBoundsException();
        byte[] from = new byte[stored];
        bytes.get(chunk + ForgedImage.HEADER, from);
        switch (bytes.get(chunk + 13)) {
            case 0 -> append(to, from);
            case 1 -> {
                try {
                    append(to, Zstd.decompress(from, length));
                } catch (ZstdException _) {
                    throw new IndexOutOfBoundsException(); // no reader decodes it either
                }
            }
            case 2 -> append(to, new byte[length]);
            default -> throw new IndexOutOfBoundsException(); // encrypted
        }
    }

    /** A section that may be stored in chunks. */
    private byte[] section(NativeSections sections, String name) {
        Section packed = sections.find(name + ".z");
        if (packed.length() == 0) {
            Section plain = sections.find(name);
            byte[] all = new byte[plain.length()];
            bytes.get(plain.offset(), all);
            return all;
        }
        var all = new ByteArrayOutputStream();
        for (int chunk : image.chunks())
            if (chunk >= packed.offset()
                    && chunk < packed.end()
                    && image.kind(chunk) == CONTENT_CHUNK) decode(chunk, all);
        return all.toByteArray();
    }

    private static ByteBuffer words(byte... bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private ByteArrayOutputStream seekable(NativeSections sections) {
        byte[] skeleton = section(sections, ".xenimage.skeleton");
        byte[] pages = section(sections, ".xen_pages");
        byte[] earlier = section(sections, ".xenimage.earlier");
        ByteBuffer where = words(section(sections, ".xenimage.where"));
        ByteBuffer recipe = words(section(sections, ".xenimage.recipe"));
        boolean pv = sections.find(".xen_p2m").header() > 0;
        ByteBuffer table = words(section(sections, pv ? ".xen_p2m" : ".xen_pfn"));
        int entry = pv ? 16 : 8;
        Map<Long, Integer> numbers = new HashMap<>();
        for (int i = 0; (i + 1) * entry <= table.limit(); i++)
            numbers.put(table.getLong(i * entry), i);
        int ident = NativeSections.note(bytes, sections.find(".note.Xenimage"), 1);
        ByteOrder order =
                ident >= 0 && bytes.get(ident + 7) == 2
                        ? ByteOrder.BIG_ENDIAN
                        : ByteOrder.LITTLE_ENDIAN;
        ByteBuffer entries = ByteBuffer.wrap(skeleton).order(order);
        var stream = new ByteArrayOutputStream();
        int at = 0;
        int content = 0;
        for (int step = 0; step + 16 <= recipe.limit(); step += 16) {
            int literal = Math.toIntExact(recipe.getLong(step));
            int count = recipe.getInt(step + 8);
            if (literal < 0 || literal > skeleton.length - at)
                throw new IndexOutOfBoundsException();
            byte[] part = new byte[literal];
            System.arraycopy(skeleton, at, part, 0, literal);
            append(stream, part);
            at += literal;
            for (int i = at - 8 * count; i < at; i += 8) {
                long word = entries.getLong(i);
                if ((WITH_CONTENTS >>> (word >>> 60) & 1) == 0) continue;
                Integer number = numbers.get(word & ((1L << 52) - 1));
                long other = where.limit() == 0 ? 0 : where.getLong(8 * content);
                byte[] page = new byte[PAGE];
                if (other > 0)
                    System.arraycopy(earlier, Math.toIntExact((other - 1) * PAGE), page, 0, PAGE);
                else if (number == null) throw new IndexOutOfBoundsException();
                else System.arraycopy(pages, number * PAGE, page, 0, PAGE);
                append(stream, page);
                content++;
            }
        }
        return stream;
    }
}
