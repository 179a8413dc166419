package org.xenimage.console;

import org.xenimage.image.element.PageType;
import org.xenimage.image.page.PageSelection;
import org.xenimage.image.page.PageView;
import org.xenimage.tools.index.PageIndex;

import java.io.IOException;
import java.util.List;

/**
 * {@code map}: the guest's memory as a picture, each character a run of PFNs.
 *
 * <p>A character shows how many of its pages are in use; page tables take precedence.
 */
record ConsoleMap() implements PromptCommand {
    private static final int ROWS = 24;
    private static final char[] SHADES = {'.', '░', '▒', '▓', '█'};
    private static final char[] PLAIN = {'.', ':', '+', '*', '#'};

    @Override
    public String name() {
        return "map";
    }

    @Override
    public String synopsis() {
        return "[used|zero|tables]";
    }

    @Override
    public String summary() {
        return "shows the guest's memory as a picture";
    }

    @Override
    public List<String> candidates() {
        return List.of("used", "zero", "tables");
    }

    @Override
    public List<String> details() {
        return List.of(
                "map         page tables, and how much of the rest is in use",
                "map used    how many pages have contents that are not zero",
                "map zero    how many pages are zero",
                "map tables  how many pages are page tables; only images of PV guests record page types");
    }

    /** The counts of each run of PFNs. */
    private static final class Counts {
        final long perCell;
        final int[] there;
        final int[] zero;
        final int[] tables;

        Counts(long perCell, int cells) {
            this.perCell = perCell;
            there = new int[cells];
            zero = new int[cells];
            tables = new int[cells];
        }
    }

    @Override
    public void run(Session session, List<String> words) throws IOException, CommandMisused {
        String layer = words.isEmpty() ? "" : words.getFirst();
        if (words.size() > 1 || (!layer.isEmpty() && !candidates().contains(layer)))
            throw new CommandMisused("map takes " + synopsis());
        PageIndex pages = session.image().pages();
        long last = pages.last();
        if (last < 0) {
            session.out().println("no pages");
            return;
        }
        int columns = Math.max(16, Math.min(128, session.width() - 14));
        long perCell = 1;
        while ((last + perCell) / perCell > (long) columns * ROWS) perCell *= 2;
        Counts counts = new Counts(perCell, (int) (last / perCell) + 1);
        count(session, pages, counts, !layer.equals("tables"));
        draw(session, counts, layer, columns);
    }

    private static void count(Session session, PageIndex pages, Counts counts, boolean contents)
            throws IOException {
        for (long pfn = pages.next(0); pfn >= 0; pfn = pages.next(pfn + 1)) {
            PageType type = pages.type(pfn);
            int cell = (int) (pfn / counts.perCell);
            if (type.hasData()) counts.there[cell]++;
            if (type.isPageTable()) counts.tables[cell]++;
        }
        if (!contents) return;
        pages.batches(
                PageSelection.ALL,
                0,
                session.code().edits().overlay(),
                batch -> {
                    session.pulse();
                    PageView view = new PageView(batch);
                    view.zeroPages().stream()
                            .forEach(i -> counts.zero[(int) (view.pfn(i) / counts.perCell)]++);
                    return true;
                });
    }

    private static void draw(Session session, Counts counts, String layer, int columns) {
        char[] shades = session.plain() ? PLAIN : SHADES;
        var row = new StringBuilder();
        long used = 0;
        long zero = 0;
        long tables = 0;
        for (int cell = 0; cell < counts.there.length; cell++) {
            if (cell % columns == 0) {
                if (cell > 0) session.out().println(row);
                row.setLength(0);
                row.append("%10s  ".formatted("0x" + Long.toHexString(cell * counts.perCell)));
            }
            int here = counts.there[cell];
            int full = here - counts.zero[cell];
            used += full;
            zero += counts.zero[cell];
            tables += counts.tables[cell];
            row.append(
                    switch (layer) {
                        case "used" -> shade(session, shades, full, here, Style.GOOD);
                        case "zero" -> shade(session, shades, counts.zero[cell], here, Style.FAINT);
                        case "tables" ->
                                shade(session, shades, counts.tables[cell], here, Style.NOTICE);
                        default ->
                                counts.tables[cell] > 0
                                        ? session.styled(Style.NOTICE, "T")
                                        : shade(session, shades, full, here, Style.GOOD);
                    });
        }
        session.out().println(row);
        session.out()
                .println(
                        "%12s%s none of it, %s to %s more of it; a blank: no pages%s; one character is %d page%s"
                                .formatted(
                                        "",
                                        shades[0],
                                        shades[1],
                                        shades[4],
                                        layer.isEmpty() ? "; T page tables" : "",
                                        counts.perCell,
                                        counts.perCell == 1 ? "" : "s"));
        session.out()
                .println(
                        layer.equals("tables")
                                ? "%12s%d page tables".formatted("", tables)
                                : "%12s%d pages in use, %d zero, %d page tables"
                                        .formatted("", used, zero, tables));
    }

    private static String shade(Session session, char[] shades, int some, int all, Style style) {
        if (all == 0) return " ";
        if (some == 0) return session.styled(Style.FAINT, String.valueOf(shades[0]));
        int shade = 1 + Math.min(3, (int) (4L * (some - 1) / all));
        return session.styled(style, String.valueOf(shades[shade]));
    }
}
