package org.xenimage.script.view;

import org.jspecify.annotations.Nullable;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.page.PageView;
import org.xenimage.script.engine.Arguments;
import org.xenimage.script.engine.ScriptRefusal;
import org.xenimage.script.engine.Signature;
import org.xenimage.script.engine.U64;
import org.xenimage.script.engine.Values;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** {@code page}: one page of a batch, as a script reads and writes it. */
final class PageHandle {
    /** Takes notice of writing. */
    interface Writing {
        /** Before bytes of a page change. */
        void before(long pfn) throws IOException;

        /** After they changed. */
        void after(long pfn, long bytes) throws IOException;
    }

    private static final Members<PageHandle> PAGE =
            Members.<PageHandle>of("page")
                    .value("pfn", self -> self.pages.pfn(self.index))
                    .value("type", self -> self.pages.type(self.index).name())
                    .value("hasData", self -> self.pages.hasContents(self.index))
                    .value("zero", self -> self.pages.isZero(self.index))
                    .value("crc32c", self -> self.pages.crc32c(self.index))
                    .function(
                            Signature.of("u8", "offset"),
                            (self, at) -> self.pages.u8(self.index, offset(at, 1)))
                    .function(
                            Signature.of("u16", "offset"),
                            (self, at) -> self.pages.u16(self.index, offset(at, 2)))
                    .function(
                            Signature.of("u32", "offset"),
                            (self, at) -> self.pages.u32(self.index, offset(at, 4)))
                    .function(
                            Signature.of("u64", "offset"),
                            (self, at) -> new U64(self.pages.u64(self.index, offset(at, 8))))
                    .function(Signature.of("bytes", "offset", "length"), PageHandle::bytes)
                    .function(Signature.of("hexdump", "offset", "length"), PageHandle::hexdump)
                    .function(
                            Signature.of("setU8", "offset", "value"), (self, at) -> self.set(at, 1))
                    .function(
                            Signature.of("setU16", "offset", "value"),
                            (self, at) -> self.set(at, 2))
                    .function(
                            Signature.of("setU32", "offset", "value"),
                            (self, at) -> self.set(at, 4))
                    .function(
                            Signature.of("setU64", "offset", "value"),
                            (self, at) -> self.set(at, 8))
                    .function(
                            Signature.of("setBytes", "offset", "bytes"),
                            (self, at) ->
                                    self.write(
                                            offset(at, 0),
                                            at.bytes("bytes")
                                                    .orElseThrow(() -> at.refusal("needs bytes"))))
                    .function(Signature.of("fill", "from", "to", "byte"), PageHandle::fill)
                    .shown(PageHandle::shown)
                    .build();

    private final PageView pages;
    private final int index;
    private final Writing writing;

    PageHandle(PageView pages, int index, Writing writing) {
        this.pages = pages;
        this.index = index;
        this.writing = writing;
    }

    /** What a script is given. */
    Object value(Values values, Scope scope) {
        return new View<>(PAGE, this, values, scope);
    }

    private String shown() {
        return "page 0x%x %s%s"
                .formatted(
                        pages.pfn(index),
                        pages.type(index),
                        pages.hasContents(index) ? "" : ", no contents");
    }

    private static int offset(Arguments arguments, int length) {
        return (int) arguments.integer("offset", 0, PageBatch.PAGE_SIZE - length);
    }

    static void refusePageTable(PageView pages, int index) {
        if (pages.type(index).isPageTable())
            throw new ScriptRefusal(
                    "page: PFN 0x"
                            + Long.toHexString(pages.pfn(index))
                            + " is of type "
                            + pages.type(index)
                            + ": a guest whose page tables were overwritten cannot be restored");
    }

    private byte[] bytes(Arguments arguments) throws IOException {
        int offset = (int) arguments.integer("offset", 0, 0, PageBatch.PAGE_SIZE);
        int rest = PageBatch.PAGE_SIZE - offset;
        int length = (int) arguments.integer("length", rest, 0, rest);
        return pages.bytes(index).asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
    }

    private String hexdump(Arguments arguments) throws IOException {
        int offset = (int) arguments.integer("offset", 0, 0, PageBatch.PAGE_SIZE);
        int rest = PageBatch.PAGE_SIZE - offset;
        int length = (int) arguments.integer("length", rest, 0, rest);
        return String.join("\n", pages.hexDump(index, offset, offset + length));
    }

    private @Nullable Object set(Arguments arguments, int length) throws IOException {
        long value =
                length == 8
                        ? arguments.unsigned64("value")
                        : arguments.integer("value", 0, (1L << (8 * length)) - 1);
        ByteBuffer bytes = ByteBuffer.allocate(8).order(pages.batch().order());
        byte[] written = new byte[length];
        boolean big = bytes.order() == ByteOrder.BIG_ENDIAN;
        bytes.putLong(value).get(big ? 8 - length : 0, written);
        return write(offset(arguments, length), written);
    }

    private @Nullable Object write(int offset, byte[] bytes) throws IOException {
        refusePageTable(pages, index);
        writing.before(pages.pfn(index));
        pages.write(index, offset, bytes);
        writing.after(pages.pfn(index), bytes.length);
        return null;
    }

    private @Nullable Object fill(Arguments arguments) throws IOException {
        int from = (int) arguments.integer("from", 0, 0, PageBatch.PAGE_SIZE);
        int to = (int) arguments.integer("to", PageBatch.PAGE_SIZE, from, PageBatch.PAGE_SIZE);
        refusePageTable(pages, index);
        writing.before(pages.pfn(index));
        pages.fill(index, from, to, (int) arguments.integer("byte", 0, 0, 0xff));
        writing.after(pages.pfn(index), (long) to - from);
        return null;
    }
}
