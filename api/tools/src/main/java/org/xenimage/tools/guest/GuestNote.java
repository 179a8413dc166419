package org.xenimage.tools.guest;

import org.xenimage.image.element.PageBatch;
import org.xenimage.image.page.PageView;
import org.xenimage.tools.index.PageIndex;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * VMCOREINFO, the note that a Linux kernel keeps of itself: symbols, offsets and sizes, as lines of text. Kernel
 * source: {@code kernel/crash_core.c}, {@code arch/x86/kernel/crash.c}.
 *
 * <pre>
 *   0   u32  11, length of the name with its NUL
 *   4   u32  length of the text
 *   8   u32  0
 *   12       VMCOREINFO, NUL, NUL
 *   24       KEY=VALUE lines
 * </pre>
 *
 * <p>The kernel puts it at the start of a page. Any program of the guest can put the same bytes there, so whatever the
 * note says must be confirmed by what it leads to. Little-endian. Immutable.
 */
final class GuestNote {
    private static final ValueLayout.OfInt U32 =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final MemorySegment START =
            MemorySegment.ofArray("VMCOREINFO\0\0OSRELEASE=".getBytes(StandardCharsets.US_ASCII));
    private static final int HEADER = 24;
    private static final int NAME_LENGTH = 11;

    private final Map<String, String> lines = new HashMap<>();

    private GuestNote(String text) {
        for (String line : text.lines().toList()) {
            int equals = line.indexOf('=');
            if (equals > 0)
                lines.putIfAbsent(line.substring(0, equals), line.substring(equals + 1));
        }
    }

    /** Remembers which pages of a batch begin like the note. */
    static void observe(PageView view, Set<Long> found, int most) throws IOException {
        MemorySegment data = view.batch().data();
        long at = 0;
        for (int i = 0; i < view.count(); i++) {
            if (!view.hasContents(i)) continue;
            if (data.get(U32, at) == NAME_LENGTH
                    && data.asSlice(at + 12, START.byteSize()).mismatch(START) < 0
                    && found.size() < most) found.add(view.pfn(i));
            at += PageBatch.PAGE_SIZE;
        }
    }

    /** The different notes at the start of some pages. */
    static List<GuestNote> read(PageIndex pages, Set<Long> found) throws IOException {
        Set<String> texts = new LinkedHashSet<>();
        MemorySegment two = Arena.ofAuto().allocate(2L * PageBatch.PAGE_SIZE, 8);
        for (long pfn : found) {
            if (!pages.read(pfn, two)) continue;
            long length = Integer.toUnsignedLong(two.get(U32, 4));
            long end = Math.min(HEADER + length, two.byteSize());
            if (end > PageBatch.PAGE_SIZE && !pages.read(pfn + 1, two.asSlice(PageBatch.PAGE_SIZE)))
                end = PageBatch.PAGE_SIZE;
            byte[] text = two.asSlice(HEADER, end - HEADER).toArray(ValueLayout.JAVA_BYTE);
            texts.add(new String(text, StandardCharsets.ISO_8859_1));
        }
        return texts.stream().map(GuestNote::new).toList();
    }

    /** The text after a key. */
    Optional<String> text(String key) {
        return Optional.ofNullable(lines.get(key));
    }

    /** An address, in hexadecimal digits. */
    OptionalLong symbol(String name) {
        return number("SYMBOL(" + name + ")", 16);
    }

    /** A number that may be negative. */
    OptionalLong number(String name) {
        return number("NUMBER(" + name + ")", 10);
    }

    private OptionalLong number(String key, int radix) {
        try {
            String text = lines.get(key);
            if (text == null) return OptionalLong.empty();
            return OptionalLong.of(
                    radix == 16 ? Long.parseUnsignedLong(text, 16) : Long.parseLong(text));
        } catch (NumberFormatException _) {
            return OptionalLong.empty();
        }
    }

    /** A size, a length or an offset, which is small and not negative. */
    int small(String key) throws FreePages.NotKnown {
        OptionalLong found = number(key, 10);
        if (found.isEmpty()) throw new FreePages.NotKnown("its VMCOREINFO has no " + key);
        long value = found.getAsLong();
        if (value < 0 || value > 1 << 24)
            throw new FreePages.NotKnown("its VMCOREINFO has %s=%d".formatted(key, value));
        return (int) value;
    }
}
