package org.xenimage.console;

import org.xenimage.image.element.PageBatch;
import org.xenimage.image.fault.ControlCharacters;
import org.xenimage.image.page.PageMatch;
import org.xenimage.image.page.PagePattern;
import org.xenimage.image.page.PageSearchResult;
import org.xenimage.image.page.PageSelection;
import org.xenimage.image.page.PageView;
import org.xenimage.tools.index.PageIndex;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/** {@code find}. */
record ConsoleFind() implements PromptCommand {
    private static final int LIMIT = 50;
    private static final int CONTEXT = 48;

    @Override
    public String name() {
        return "find";
    }

    @Override
    public String synopsis() {
        return "TEXT|hex:BYTES";
    }

    @Override
    public String summary() {
        return "finds a text or bytes in the pages, as edited";
    }

    @Override
    public List<String> details() {
        return List.of("find SECRET-API-TOKEN=", "find 'two words'", "find hex:7f454c46");
    }

    @Override
    public void run(Session session, List<String> words) throws IOException, CommandMisused {
        if (words.size() != 1) throw new CommandMisused("find takes " + synopsis());
        PagePattern pattern;
        try {
            String word = words.getFirst();
            pattern =
                    word.startsWith("hex:")
                            ? PagePattern.ofHex(word.substring(4))
                            : PagePattern.ofText(word);
        } catch (IllegalArgumentException e) {
            throw new CommandMisused(String.valueOf(e.getMessage()));
        }
        PageIndex pages = session.image().pages();
        PageIndex.Overlay overlay = session.code().edits().overlay();
        PageSearchResult matches;
        try {
            matches =
                    pages.find(
                            pattern,
                            PageSelection.ALL,
                            LIMIT,
                            overlay,
                            () -> {
                                try {
                                    session.pulse();
                                } catch (Interrupted e) {
                                    throw new UncheckedIOException(e);
                                }
                            });
        } catch (UncheckedIOException e) {
            throw new Interrupted();
        }
        for (PageMatch match : matches.found()) {
            PageView view = new PageView(pages.batchOf(match.pfn(), overlay));
            int end = Math.min(PageBatch.PAGE_SIZE, match.offset() + CONTEXT);
            var text = new StringBuilder();
            for (int at = match.offset(); at < end; at++) {
                text.append(ControlCharacters.printableOrDot(view.u8(0, at)));
            }
            session.out()
                    .println(
                            "%-24s %s"
                                    .formatted(
                                            match, session.styled(Style.VALUE, text.toString())));
        }
        session.out()
                .println(
                        matches.more()
                                ? "… and more"
                                : CommandTable.count(matches.found().size(), "match", "matches"));
    }
}
