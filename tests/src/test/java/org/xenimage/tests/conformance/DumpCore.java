package org.xenimage.tests.conformance;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;

/**
 * The pages of a guest as {@code xl dump-core} wrote them: an ELF file with the sections .xen_pages
 * and .xen_p2m or .xen_pfn.
 */
final class DumpCore {
    private static final int PAGE = 4096;

    private final ByteBuffer file;
    private final Map<Long, Integer> pages = new HashMap<>();

    private record Section(int offset, int length) {}

    private DumpCore(ByteBuffer file) {
        this.file = file;
    }

    static DumpCore read(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            ByteBuffer file = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
            var core = new DumpCore(file.order(ByteOrder.LITTLE_ENDIAN));
            core.index();
            return core;
        }
    }

    /** The contents of each page, by PFN. */
    Map<Long, ByteBuffer> contents() {
        Map<Long, ByteBuffer> contents = new HashMap<>();
        pages.forEach((pfn, offset) -> contents.put(pfn, file.slice(offset, PAGE)));
        return contents;
    }

    private void index() {
        Map<String, Section> sections = sections();
        Section contents = sections.get(".xen_pages");
        Section p2m = sections.get(".xen_p2m");
        Section frames = p2m == null ? sections.get(".xen_pfn") : p2m;
        if (contents == null || frames == null)
            throw new IllegalStateException("no dump-core: " + sections.keySet());
        int width = p2m == null ? 8 : 16;
        for (int i = 0; i < frames.length() / width; i++) {
            long pfn = file.getLong(frames.offset() + i * width);
            if (pfn != -1) pages.put(pfn, contents.offset() + i * PAGE);
        }
    }

    private Map<String, Section> sections() {
        Map<String, Section> sections = new HashMap<>();
        int headers = (int) file.getLong(40);
        int names = (int) file.getLong(headers + 64 * file.getShort(62) + 24);
        for (int i = 0; i < file.getShort(60); i++) {
            int header = headers + 64 * i;
            sections.put(
                    name(names + file.getInt(header)),
                    new Section((int) file.getLong(header + 24), (int) file.getLong(header + 32)));
        }
        return sections;
    }

    private String name(int offset) {
        int end = offset;
        while (file.get(end) != 0) end++;
        byte[] name = new byte[end - offset];
        file.get(offset, name);
        return new String(name, StandardCharsets.US_ASCII);
    }
}
