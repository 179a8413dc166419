package org.xenimage.console;

import org.xenimage.image.element.PageBatch;
import org.xenimage.image.page.PageView;
import org.xenimage.tools.index.PageIndex;

import java.io.IOException;
import java.util.List;

/** {@code hexdump}. */
record ConsoleHexdump() implements PromptCommand {
    @Override
    public String name() {
        return "hexdump";
    }

    @Override
    public String synopsis() {
        return "PFN [OFFSET [LENGTH]]";
    }

    @Override
    public String summary() {
        return "shows bytes of a page, as edited";
    }

    @Override
    public List<String> details() {
        return List.of("hexdump 0x26", "hexdump 0x26 0x240 64");
    }

    @Override
    public void run(Session session, List<String> words) throws IOException, CommandMisused {
        if (words.isEmpty() || words.size() > 3)
            throw new CommandMisused("hexdump takes " + synopsis());
        long pfn = CommandTable.number("PFN", words.getFirst());
        long offset = words.size() > 1 ? CommandTable.number("OFFSET", words.get(1)) : 0;
        long rest = PageBatch.PAGE_SIZE - offset;
        long length = words.size() > 2 ? CommandTable.number("LENGTH", words.get(2)) : rest;
        if (offset < 0 || offset > PageBatch.PAGE_SIZE || length < 0 || length > rest)
            throw new CommandMisused("a page has 0x1000 bytes");
        PageIndex pages = session.image().pages();
        if (pfn < 0 || !pages.has(pfn))
            throw new CommandMisused("the image has no page 0x" + Long.toHexString(pfn));
        PageView view = new PageView(pages.batchOf(pfn, session.code().edits().overlay()));
        if (!view.hasContents(0)) {
            session.out()
                    .println("page 0x%x is of type %s: no contents".formatted(pfn, view.type(0)));
            return;
        }
        view.hexDump(0, (int) offset, (int) (offset + length)).forEach(session.out()::println);
    }
}
