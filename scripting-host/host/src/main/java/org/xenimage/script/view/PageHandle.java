package org.xenimage.script.view;

import static org.xenimage.script.api.ScriptType.Plain.BIGINT;
import static org.xenimage.script.api.ScriptType.Plain.BYTES;
import static org.xenimage.script.api.ScriptType.Plain.BYTES_LIKE;
import static org.xenimage.script.api.ScriptType.Plain.FLAG;
import static org.xenimage.script.api.ScriptType.Plain.INTEGER;
import static org.xenimage.script.api.ScriptType.Plain.NOTHING;
import static org.xenimage.script.api.ScriptType.Plain.NUMBER;
import static org.xenimage.script.api.ScriptType.Plain.STRING;

import org.jspecify.annotations.Nullable;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.page.PageView;
import org.xenimage.script.api.CallParameter;
import org.xenimage.script.api.ScriptType;
import org.xenimage.script.api.Setting;
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

    private static final CallParameter OFFSET =
            CallParameter.required("offset", NUMBER, "in bytes from the start of the page");

    static final Members<PageHandle> PAGE =
            Members.<PageHandle>of("Page", "page", "One page of the guest's memory, 4,096 bytes.")
                    .setting(
                            new Setting(
                                    "onPages",
                                    "const page = batch.page(0);",
                                    "page = batch.page(0)"))
                    .value(
                            "pfn",
                            NUMBER,
                            "The page frame number.",
                            self -> self.pages.pfn(self.index))
                    .example("ctx.log(`page ${page.pfn}`);", "ctx.log(f'page {page.pfn}')")
                    .value(
                            "type",
                            Patterns.PAGE_TYPE,
                            "The type in the image: NOTAB for ordinary pages, L1TAB to L4TAB for page tables.",
                            self -> self.pages.type(self.index).name())
                    .example(
                            "const ordinary = page.type === 'NOTAB';",
                            "ordinary = page.type == 'NOTAB'")
                    .value(
                            "hasData",
                            FLAG,
                            "Whether the image has contents for the page.",
                            self -> self.pages.hasContents(self.index))
                    .example("if (!page.hasData) return;", "if not page.has_data: return")
                    .value(
                            "zero",
                            FLAG,
                            "Whether all bytes are zero.",
                            self -> self.pages.isZero(self.index))
                    .example("if (page.zero) return;", "if page.zero: return")
                    .value(
                            "crc32c",
                            NUMBER,
                            "The CRC-32C of the contents.",
                            self -> self.pages.crc32c(self.index))
                    .example("const sum = page.crc32c;", "sum = page.crc32c")
                    .function(
                            Signature.of("u8", NUMBER, OFFSET),
                            "Reads a byte.",
                            (self, at) -> self.pages.u8(self.index, offset(at, 1)))
                    .example("const first = page.u8(0);", "first = page.u8(0)")
                    .function(
                            Signature.of("u16", NUMBER, OFFSET),
                            "Reads an integer of 16 bits.",
                            (self, at) -> self.pages.u16(self.index, offset(at, 2)))
                    .example("const magic = page.u16(510);", "magic = page.u16(510)")
                    .function(
                            Signature.of("u32", NUMBER, OFFSET),
                            "Reads an integer of 32 bits.",
                            (self, at) -> self.pages.u32(self.index, offset(at, 4)))
                    .example(
                            "const elf = page.u32(0) === 0x464c457f;",
                            "elf = page.u32(0) == 0x464c457f")
                    .function(
                            Signature.of("u64", BIGINT, OFFSET),
                            "Reads an integer of 64 bits.",
                            (self, at) -> new U64(self.pages.u64(self.index, offset(at, 8))))
                    .example(
                            "const present = (page.u64(8) & 1n) === 1n;",
                            "present = page.u64(8) & 1 == 1")
                    .function(
                            Signature.of(
                                    "bytes",
                                    BYTES,
                                    CallParameter.optional("offset", NUMBER, "0 if absent"),
                                    CallParameter.optional(
                                            "length", NUMBER, "to the end of the page if absent")),
                            "Reads bytes: a copy.",
                            PageHandle::bytes)
                    .example("const head = page.bytes(0, 16);", "head = page.bytes(0, 16)")
                    .function(
                            Signature.of(
                                    "hexdump",
                                    STRING,
                                    CallParameter.optional("offset", NUMBER, "0 if absent"),
                                    CallParameter.optional(
                                            "length", NUMBER, "to the end of the page if absent")),
                            "The bytes in hex and as characters, 16 in a line.",
                            PageHandle::hexdump)
                    .example(
                            "ctx.log(page.hexdump({ length: 64 }));",
                            "ctx.log(page.hexdump(length=64))")
                    .function(
                            Signature.of("setU8", NOTHING, OFFSET, value(NUMBER)),
                            "Writes a byte. A page table cannot be written.",
                            (self, at) -> self.set(at, 1))
                    .example("page.setU8(0, 0xff);", "page.set_u8(0, 0xff)")
                    .function(
                            Signature.of("setU16", NOTHING, OFFSET, value(NUMBER)),
                            "Writes an integer of 16 bits.",
                            (self, at) -> self.set(at, 2))
                    .example("page.setU16(510, 0xaa55);", "page.set_u16(510, 0xaa55)")
                    .function(
                            Signature.of("setU32", NOTHING, OFFSET, value(NUMBER)),
                            "Writes an integer of 32 bits.",
                            (self, at) -> self.set(at, 4))
                    .example("page.setU32(0, 0);", "page.set_u32(0, 0)")
                    .function(
                            Signature.of("setU64", NOTHING, OFFSET, value(INTEGER)),
                            "Writes an integer of 64 bits.",
                            (self, at) -> self.set(at, 8))
                    .example(
                            "page.setU64(8, 0xffff800000000000n);",
                            "page.set_u64(8, 0xffff800000000000)")
                    .function(
                            Signature.of(
                                    "setBytes",
                                    NOTHING,
                                    OFFSET,
                                    CallParameter.required("bytes", BYTES_LIKE, "what to write")),
                            "Writes bytes.",
                            (self, at) ->
                                    self.write(
                                            offset(at, 0),
                                            at.bytes("bytes")
                                                    .orElseThrow(() -> at.refusal("needs bytes"))))
                    .example("page.setBytes(100, 'redacted');", "page.set_bytes(100, b'redacted')")
                    .function(
                            Signature.of(
                                    "fill",
                                    NOTHING,
                                    CallParameter.optional("from", NUMBER, "0 if absent"),
                                    CallParameter.optional(
                                            "to", NUMBER, "the end of the page if absent"),
                                    CallParameter.optional("byte", NUMBER, "0 if absent")),
                            "Writes one byte over a range.",
                            PageHandle::fill)
                    .example("page.fill(0, 64);", "page.fill(0, 64)")
                    .summary(PageHandle::summary)
                    .build();

    private final PageView pages;
    private final int index;
    private final Writing writing;

    PageHandle(PageView pages, int index, Writing writing) {
        this.pages = pages;
        this.index = index;
        this.writing = writing;
    }

    private static CallParameter value(ScriptType type) {
        return CallParameter.required("value", type, "unsigned");
    }

    /** What a script is given. */
    Object value(Values values, Scope scope) {
        return new View<>(PAGE, this, values, scope);
    }

    private String summary() {
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
