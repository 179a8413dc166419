package org.xenimage.console;

import org.xenimage.image.element.PageType;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.script.edit.StagedEdits;
import org.xenimage.script.policy.ImageFacts;
import org.xenimage.tools.index.PageIndex;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** {@code info}. */
record ConsoleOverview() implements PromptCommand {
    /** What is said of an image that ends within a round. */
    static final String UNFINISHED =
            "image ends within a round of a checkpointed stream; this is the state of the last checkpoint";

    @Override
    public String name() {
        return "info";
    }

    @Override
    public String synopsis() {
        return "";
    }

    @Override
    public String summary() {
        return "shows what the image is";
    }

    @Override
    public void run(Session session, List<String> words) throws IOException, CommandMisused {
        CommandTable.none(name(), words);
        ImageFacts facts = session.code().facts();
        PageIndex pages = session.image().pages();
        Map<String, String> lines = new LinkedHashMap<>();
        lines.put("image", session.image().name());
        lines.put(
                "format",
                session.image().format().name() + ", " + session.image().format().description());
        session.image().size().ifPresent(size -> lines.put("size", size + " bytes"));
        facts.name()
                .ifPresent(name ->
                        lines.put(
                                "domain", name + facts.uuid().map(uuid -> "  " + uuid).orElse("")));
        lines.put(
                "guest",
                facts.guest().isEmpty() ? "unknown" : facts.guest().toUpperCase(Locale.ROOT));
        if (!facts.xen().isEmpty())
            lines.put("saved by", "Xen " + facts.xen() + ", libxc stream v" + facts.libxcVersion());
        List<String> types = new ArrayList<>();
        for (PageType type : PageType.values())
            if (pages.count(type) > 0) types.add(type + " " + pages.count(type));
        lines.put(
                "pages",
                "%d, %d with contents; %s"
                        .formatted(pages.count(), pages.withContents(), String.join(", ", types)));
        long records =
                session.image().elements().stream().filter(RecordFrame.class::isInstance).count();
        lines.put(
                "records",
                records
                        + ", and "
                        + session.image().pageRecords()
                        + " of page data; ls lists them");
        for (var entry : session.image().metadata().entrySet())
            lines.put(entry.getKey(), entry.getValue());
        List<StagedEdits.Step> steps = session.code().edits().steps();
        lines.put(
                "edits",
                steps.isEmpty()
                        ? "none"
                        : CommandTable.plural(steps.size(), "step") + "; status lists them");
        session.image()
                .fault()
                .ifPresent(fault -> lines.put("cut", session.styled(Style.ERROR, fault.message())));
        if (session.image().unfinishedRound())
            lines.put("round", session.styled(Style.ERROR, UNFINISHED));
        lines.forEach((key, value) ->
                session.out()
                        .println(
                                "  "
                                        + session.styled(Style.FAINT, "%-10s".formatted(key))
                                        + " "
                                        + value));
    }
}
