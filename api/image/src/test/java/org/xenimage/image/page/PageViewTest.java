package org.xenimage.image.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.PageType;
import org.xenimage.image.page.PageSelection.Content;

import java.io.IOException;
import java.nio.ByteOrder;
import java.util.List;
import java.util.zip.CRC32C;

class PageViewTest {
    private static final int PAGE_SIZE = PageBatch.PAGE_SIZE;

    private static byte[] counting() {
        byte[] page = new byte[PAGE_SIZE];
        for (int i = 0; i < PAGE_SIZE; i++) page[i] = (byte) (i + 0xf0);
        return page;
    }

    private static PageBatch batch(ByteOrder order) {
        return Batches.empty()
                .without(PageType.XTAB, 0x10)
                .page(0x11, counting())
                .page(0x12, new byte[PAGE_SIZE])
                .without(PageType.BROKEN, 0x13)
                .page(PageType.L1TAB, 0x14, counting())
                .batch(order);
    }

    private static PageView view() throws IOException {
        return new PageView(batch(ByteOrder.LITTLE_ENDIAN));
    }

    @Test
    void entriesReadTheSameInBothByteOrders() throws IOException {
        for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
            PageView view = new PageView(batch(order));
            assertEquals(5, view.count());
            assertEquals(0x14, view.pfn(4));
            assertEquals(PageType.L1TAB, view.type(4));
            assertFalse(view.hasContents(3));
            assertEquals(4, view.entryOf(2));
        }
    }

    @Test
    void integersAreReadInTheByteOrderOfTheBatch() throws IOException {
        PageView little = view();
        assertEquals(0xf1, little.u8(1, 1));
        assertEquals(0xf2f1, little.u16(1, 1));
        assertEquals(0xf4f3f2f1L, little.u32(1, 1));
        assertEquals(0xf8f7f6f5f4f3f2f1L, little.u64(1, 1));
        PageView big = new PageView(batch(ByteOrder.BIG_ENDIAN));
        assertEquals(0xf1, big.u8(1, 1));
        assertEquals(0xf1f2, big.u16(1, 1));
        assertEquals(0xf1f2f3f4L, big.u32(1, 1));
        assertEquals(0xf1f2f3f4f5f6f7f8L, big.u64(1, 1));
    }

    @Test
    void readBeyondThePageNamesPfnAndOffset() throws IOException {
        PageView view = view();
        Exception beyond = assertThrows(IndexOutOfBoundsException.class, () -> view.u64(1, 0xff9));
        assertEquals(
                "PFN 0x11: u64 of 8 bytes at offset 0xff9: a page has 0x1000 bytes",
                beyond.getMessage());
        Exception before = assertThrows(IndexOutOfBoundsException.class, () -> view.u8(2, -1));
        assertEquals(
                "PFN 0x12: u8 of 1 bytes at offset -0x1: a page has 0x1000 bytes",
                before.getMessage());
        Exception none = assertThrows(IllegalArgumentException.class, () -> view.u8(3, 0));
        assertEquals("PFN 0x13: a page of type BROKEN has no contents", none.getMessage());
        Exception index = assertThrows(IndexOutOfBoundsException.class, () -> view.u8(5, 0));
        assertEquals("entry 5: the batch has 5 entries", index.getMessage());
        assertThrows(IndexOutOfBoundsException.class, () -> view.entryOf(3));
    }

    @Test
    void zeroPagesHaveContentsAndAllOfThemAreZero() throws IOException {
        PageView view = view();
        assertEquals("{2}", view.zeroPages().toString());
        assertTrue(view.isZero(2));
        assertFalse(view.isZero(3));
        for (int at : new int[] {0, 7, 8, 2048, 4088, 4095}) {
            PageView other = view();
            other.fill(2, at, at + 1, 1);
            assertFalse(other.isZero(2));
        }
    }

    @Test
    void selectionNarrowsByTypePfnAndContents() throws IOException {
        PageView view = view();
        assertEquals("{0, 1, 2, 3, 4}", view.select(PageSelection.ALL).toString());
        assertEquals("{1, 2}", view.select(PageSelection.NORMAL).toString());
        assertEquals("{0}", view.select(PageSelection.ALL.types(PageType.XTAB)).toString());
        assertEquals("{2, 3}", view.select(PageSelection.ALL.pfns(0x12, 0x14)).toString());
        assertEquals("{1, 4}", view.select(PageSelection.ALL.content(Content.NOT_ZERO)).toString());
        assertEquals("{}", view.select(PageSelection.NORMAL.pfns(0x13, 0x13)).toString());
        assertThrows(IllegalArgumentException.class, () -> PageSelection.ALL.pfns(2, 1));
        assertThrows(
                IllegalArgumentException.class,
                () -> PageSelection.ALL.pfns(0, PageBatch.PFN_MASK + 2));
    }

    @Test
    void pagesAreComparedWithEachOtherAndWithBytes() throws IOException {
        PageView view = view();
        assertEquals(-1, view.mismatch(1, 4));
        assertEquals(0, view.mismatch(1, 2));
        view.write(4, 4095, new byte[] {0});
        assertEquals(4095, view.mismatch(1, 4));
        assertTrue(view.holds(1, 2, new byte[] {(byte) 0xf2, (byte) 0xf3}));
        assertFalse(view.holds(1, 2, new byte[] {(byte) 0xf2, (byte) 0xf4}));
        assertThrows(IndexOutOfBoundsException.class, () -> view.holds(1, 4095, new byte[2]));
    }

    @Test
    void checksumIsCrc32cOfThePage() throws IOException {
        CRC32C expected = new CRC32C();
        expected.update(counting());
        assertEquals(expected.getValue(), view().crc32c(1));
        assertEquals(expected.getValue(), view().crc32c(4));
    }

    @Test
    void fillAndZeroEditTheBatch() throws IOException {
        PageView view = view();
        view.bytes(1);
        assertFalse(view.batch().edited());
        view.fill(1, 4, 6, 0xaa);
        assertTrue(view.batch().edited());
        assertEquals(0xf6aaaaf3L, view.u32(1, 3));
        view.zero(1);
        assertTrue(view.isZero(1));
        assertThrows(IllegalArgumentException.class, () -> view.fill(1, 0, 1, 256));
        assertThrows(IndexOutOfBoundsException.class, () -> view.fill(1, 0, 4097, 0));
        assertThrows(IndexOutOfBoundsException.class, () -> view.fill(1, 2, 1, 0));
    }

    @Test
    void viewTurnsToBatchesOfOtherSizes() throws IOException {
        PageView view = view();
        PageBatch other = Batches.empty().page(9, counting()).page(8, new byte[PAGE_SIZE]).batch();
        view.moveTo(other);
        assertEquals(2, view.count());
        assertEquals("{1}", view.zeroPages().toString());
        assertEquals(
                List.of(new PageMatch(8, 4094, 1)),
                view.find(PagePattern.ofHex("0000f0"), PageSelection.ALL, 9).found());
        view.moveTo(batch(ByteOrder.BIG_ENDIAN));
        assertEquals(5, view.count());
        assertEquals(
                List.of(), view.find(PagePattern.ofHex("0000f0"), PageSelection.NORMAL, 9).found());
    }

    @Test
    void dumpHasTheAddressesOfTheGuest() throws IOException {
        assertEquals(
                List.of(
                        "00011ff8  e8 e9 ea eb ec ed ee ef                           |........|",
                        "00012000"),
                view().hexDump(1, 0xff8, 0x1000));
        assertThrows(IndexOutOfBoundsException.class, () -> view().hexDump(1, 2, 1));
    }
}
