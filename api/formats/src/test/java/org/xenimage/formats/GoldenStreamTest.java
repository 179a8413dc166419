package org.xenimage.formats;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.HexFormat;
import java.util.List;

/** One stream, written by hand from the specifications. */
class GoldenStreamTest {
    private static final String XL_FILE =
            """
            58656e20 73617665 6420646f 6d61696e   magic, "Xen saved domain, xl format\\n \\0 \\r"
            2c20786c 20666f72 6d61740a 2000200d
            04030201                              byteorder: the order of this header
            03000000                              mandatory_flags: JSON, libxl stream v2
            00000000                              optional_flags
            08000000                              optional_data_len
            04000000 7b7d0a00                     config: length, {} with newline and NUL
            4c696278 6c466d74 00000002 00000000   libxl header: ident, version, options
            01000000 00000000                     LIBXC_CONTEXT
            ffffffff ffffffff 58454e46 00000003   libxc image header: marker, id, version
            0000 0000 00000000                    options, reserved
            02000000 0c00 0000                    domain header: HVM, page_shift, reserved
            04000000 11000000                     xen_major, xen_minor
            10000000 00000000                     STATIC_DATA_END
            01000000 18000000                     PAGE_DATA
            02000000 00000000                     count, reserved
            07000000 000000f0                     pfn 7, XTAB
            08000000 000000e0                     pfn 8, XALLOC
            09000000 10000000                     HVM_CONTEXT
            01000000 00000000 00000000 00000000   HEADER of no length, END
            0a000000 08000000                     HVM_PARAMS
            00000000 00000000                     count, reserved
            00000000 00000000                     END of libxc
            03000000 09000000                     EMULATOR_CONTEXT
            02000000 00000000                     qemu-xen, index
            ff000000 00000000                     one byte, seven of padding
            00000000 00000000                     END of libxl
            """;

    @Test
    void everyElementStandsWhereTheSpecificationPutsIt() throws IOException {
        byte[] bytes = bytes(XL_FILE);
        Transcript read = Transcript.ofPipe(bytes, 5);
        assertEquals(
                List.of(
                        "xl header at 0x0",
                        "config at 0x34",
                        "site metadata at 0x38",
                        "libxl header at 0x38",
                        "record libxl LIBXC_CONTEXT at 0x48",
                        "libxc header at 0x50",
                        "record STATIC_DATA_END at 0x78",
                        "record PAGE_DATA at 0x80",
                        "record HVM_CONTEXT at 0xa0",
                        "record HVM_PARAMS at 0xb8",
                        "record END at 0xc8",
                        "record libxl EMULATOR_CONTEXT at 0xd0",
                        "record libxl END at 0xe8",
                        "end of the stream at 0xf0"),
                read.lines().stream().map(Transcript.Line::toString).toList());
        assertArrayEquals(bytes, read.copy().bytes());
    }

    private static byte[] bytes(String text) {
        var hex = new StringBuilder();
        text.lines()
                .map(line -> line.substring(0, Math.min(38, line.length())))
                .forEach(hex::append);
        return HexFormat.of().parseHex(hex.toString().replace(" ", ""));
    }
}
