package org.xenimage.console;

import com.fasterxml.jackson.databind.JsonNode;

import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.PageType;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.page.PageMatch;
import org.xenimage.image.page.PageMatches;
import org.xenimage.image.page.PagePattern;
import org.xenimage.image.page.PageSelection;
import org.xenimage.image.page.PageView;
import org.xenimage.image.rewrite.Rewrite;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.image.verify.Finding;
import org.xenimage.image.verify.Guard;
import org.xenimage.image.verify.Reading;
import org.xenimage.image.verify.Rule;
import org.xenimage.image.verify.Severity;
import org.xenimage.image.verify.Verifier;
import org.xenimage.script.DecisionLog;
import org.xenimage.script.PolicyHost;
import org.xenimage.script.PolicyRun;
import org.xenimage.script.RunReport;
import org.xenimage.script.edit.StagedEdits;
import org.xenimage.script.policy.ImageFacts;
import org.xenimage.script.policy.Language;
import org.xenimage.script.policy.Policy;
import org.xenimage.tools.index.PageIndex;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The commands that the console has. */
final class Commands {
    private Commands() {}

    /** All commands, in the order in which help lists them. */
    static List<Command> all() {
        return List.of(
                new Help(),
                new Overview(),
                new Records(),
                new Dump(),
                new Find(),
                new MapPicture(),
                new Status(),
                new Diff(),
                new Undo(),
                new Commit(),
                new Verify(),
                new DryRun(),
                new Quit());
    }

    private static void none(String name, List<String> words) throws CommandMisused {
        if (!words.isEmpty()) throw new CommandMisused(name + " takes nothing");
    }

    static long number(String what, String word) throws CommandMisused {
        try {
            return word.startsWith("0x") || word.startsWith("0X")
                    ? Long.parseUnsignedLong(word.substring(2), 16)
                    : Long.parseLong(word);
        } catch (NumberFormatException e) {
            throw new CommandMisused(
                    what + ": expected a number such as 38 or 0x26, found " + word);
        }
    }

    private static String plural(long count, String what) {
        return count + " " + what + (count == 1 ? "" : "s");
    }

    /** {@code help}. */
    private record Help() implements Command {
        @Override
        public String name() {
            return "help";
        }

        @Override
        public String synopsis() {
            return "[COMMAND]";
        }

        @Override
        public String summary() {
            return "what there is to type";
        }

        @Override
        public void run(Session session, List<String> words) throws CommandMisused {
            PrintWriter out = session.out();
            if (!words.isEmpty()) {
                Command command = session.commands().get(words.getFirst());
                if (command == null)
                    throw new CommandMisused("there is no command " + words.getFirst());
                out.println(line(command));
                command.details().forEach(detail -> out.println("  " + detail));
                return;
            }
            out.println(session.styled(Style.STRONG, "Commands"));
            for (Command command : all()) out.println("  " + line(command));
            out.println("  A colon before a name makes it a command always: :info");
            out.println();
            out.println(session.styled(Style.STRONG, "Code") + ": the image is image");
            boolean js = session.setup().language() == Language.JAVASCRIPT;
            for (String example :
                    js
                            ? List.of(
                                    "image.config.c_info.name = 'web2'",
                                    "image.vcpus[0].rip",
                                    "image.records.map(r => r.type)",
                                    "image.record('X86_TSC_INFO').fields",
                                    "image.page(0x26).u64(0)",
                                    "image.page(0x26).hexdump({ length: 64 })",
                                    "image.find({ text: 'TOKEN=', limit: 5 })",
                                    "image.pages.types")
                            : List.of(
                                    "image.config['c_info']['name'] = 'web2'",
                                    "image.vcpus[0]['rip']",
                                    "[r.type for r in image.records]",
                                    "image.record('X86_TSC_INFO').fields",
                                    "image.page(0x26).u64(0)",
                                    "image.page(0x26).hexdump(length=64)",
                                    "image.find(text='TOKEN=', limit=5)",
                                    "image.pages.types")) out.println("  " + example);
            out.println("  Tab completes; Ctrl-C stops what runs; Ctrl-D ends the console");
        }

        private static String line(Command command) {
            return "%-22s %s"
                    .formatted(
                            (command.name() + " " + command.synopsis()).strip(), command.summary());
        }

        @Override
        public List<String> candidates() {
            return all().stream().map(Command::name).toList();
        }
    }

    /** {@code info}. */
    private record Overview() implements Command {
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
            return "what the image is";
        }

        @Override
        public void run(Session session, List<String> words) throws IOException, CommandMisused {
            none(name(), words);
            ImageFacts facts = session.code().facts();
            PageIndex pages = session.image().pages();
            Map<String, String> lines = new LinkedHashMap<>();
            lines.put("image", session.image().name());
            lines.put(
                    "format",
                    session.image().format().name()
                            + ", "
                            + session.image().format().description());
            session.image().size().ifPresent(size -> lines.put("size", size + " bytes"));
            facts.name()
                    .ifPresent(name ->
                            lines.put(
                                    "domain",
                                    name + facts.uuid().map(uuid -> "  " + uuid).orElse("")));
            lines.put(
                    "guest",
                    facts.guest().isEmpty() ? "unknown" : facts.guest().toUpperCase(Locale.ROOT));
            if (!facts.xen().isEmpty())
                lines.put(
                        "saved by",
                        "Xen " + facts.xen() + ", libxc stream v" + facts.libxcVersion());
            List<String> types = new ArrayList<>();
            for (PageType type : PageType.values())
                if (pages.count(type) > 0) types.add(type + " " + pages.count(type));
            lines.put(
                    "pages",
                    "%d, %d with contents; %s"
                            .formatted(
                                    pages.count(), pages.withContents(), String.join(", ", types)));
            long records =
                    session.image().elements().stream()
                            .filter(RecordFrame.class::isInstance)
                            .count();
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
                            : plural(steps.size(), "step") + "; status lists them");
            session.image()
                    .fault()
                    .ifPresent(fault ->
                            lines.put("cut", session.styled(Style.ERROR, fault.message())));
            lines.forEach((key, value) ->
                    session.out()
                            .println(
                                    "  "
                                            + session.styled(Style.FAINT, "%-10s".formatted(key))
                                            + " "
                                            + value));
        }
    }

    /** {@code ls}. */
    private record Records() implements Command {
        @Override
        public String name() {
            return "ls";
        }

        @Override
        public String synopsis() {
            return "";
        }

        @Override
        public String summary() {
            return "the elements of the image; the number is that of image.records";
        }

        @Override
        public void run(Session session, List<String> words) throws IOException, CommandMisused {
            none(name(), words);
            int place = 0;
            int shown = 0;
            for (ImageElement element : session.image().elements()) {
                session.pulse();
                if (!(element instanceof RecordFrame frame)) {
                    print(session, "", element.offset(), -1, element.label());
                    continue;
                }
                Optional<List<Optional<RecordFrame>>> edited =
                        session.code().edits().records(place++);
                List<Optional<RecordFrame>> slots = edited.orElse(List.of(Optional.empty()));
                for (Optional<RecordFrame> slot : slots) {
                    RecordFrame now = slot.orElse(frame);
                    String label = now.type().layer().specName() + " " + now.type();
                    print(
                            session,
                            Integer.toString(shown++),
                            now.offset(),
                            now.bodyLength(),
                            slot.isPresent()
                                    ? label + session.styled(Style.NOTICE, "  edited")
                                    : label);
                }
                if (slots.isEmpty())
                    print(
                            session,
                            "",
                            frame.offset(),
                            frame.bodyLength(),
                            frame.type() + session.styled(Style.NOTICE, "  dropped"));
            }
        }

        private static void print(
                Session session, String number, long offset, long length, String label) {
            session.out()
                    .println(
                            "%4s  %12s  %10s  %s"
                                    .formatted(
                                            number,
                                            offset == Fault.NO_OFFSET
                                                    ? ""
                                                    : "0x" + Long.toHexString(offset),
                                            length < 0 ? "" : Long.toString(length),
                                            label));
        }
    }

    /** {@code hexdump}. */
    private record Dump() implements Command {
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
            return "bytes of a page, as edited";
        }

        @Override
        public List<String> details() {
            return List.of("hexdump 0x26", "hexdump 0x26 0x240 64");
        }

        @Override
        public void run(Session session, List<String> words) throws IOException, CommandMisused {
            if (words.isEmpty() || words.size() > 3)
                throw new CommandMisused("hexdump takes " + synopsis());
            long pfn = number("PFN", words.getFirst());
            long offset = words.size() > 1 ? number("OFFSET", words.get(1)) : 0;
            long rest = PageBatch.PAGE_SIZE - offset;
            long length = words.size() > 2 ? number("LENGTH", words.get(2)) : rest;
            if (offset < 0 || offset > PageBatch.PAGE_SIZE || length < 0 || length > rest)
                throw new CommandMisused("a page has 0x1000 bytes");
            PageIndex pages = session.image().pages();
            if (pfn < 0 || !pages.has(pfn))
                throw new CommandMisused("the image has no page 0x" + Long.toHexString(pfn));
            PageView view = new PageView(pages.batchOf(pfn, session.code().edits().overlay()));
            if (!view.hasContents(0)) {
                session.out()
                        .println(
                                "page 0x%x is of type %s: no contents"
                                        .formatted(pfn, view.type(0)));
                return;
            }
            view.hexDump(0, (int) offset, (int) (offset + length)).forEach(session.out()::println);
        }
    }

    /** {@code find}. */
    private record Find() implements Command {
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
            return "where a text or bytes stand in the pages, as edited";
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
            PageMatches matches;
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
                    int b = view.u8(0, at);
                    text.append(b >= 0x20 && b < 0x7f ? (char) b : '.');
                }
                session.out()
                        .println(
                                "%-24s %s"
                                        .formatted(
                                                match,
                                                session.styled(Style.VALUE, text.toString())));
            }
            session.out()
                    .println(
                            matches.more()
                                    ? "… and more"
                                    : plural(matches.found().size(), "match")
                                            .replace("matchs", "matches"));
        }
    }

    /** {@code status}. */
    private record Status() implements Command {
        @Override
        public String name() {
            return "status";
        }

        @Override
        public String synopsis() {
            return "";
        }

        @Override
        public String summary() {
            return "the steps in which the image was edited";
        }

        @Override
        public void run(Session session, List<String> words) throws CommandMisused {
            none(name(), words);
            List<StagedEdits.Step> steps = session.code().edits().steps();
            if (steps.isEmpty()) session.out().println("nothing edited");
            for (StagedEdits.Step step : steps) {
                String code = step.code().strip().replaceAll("\\s*\\n\\s*", " ⏎ ");
                session.out()
                        .println(
                                "%3d  %-12s %s"
                                        .formatted(
                                                step.number(),
                                                plural(step.edits().size(), "edit"),
                                                session.styled(
                                                        Style.FAINT,
                                                        code.length() <= 60
                                                                ? code
                                                                : code.substring(0, 59) + "…")));
            }
            if (!steps.isEmpty())
                session.out()
                        .println(
                                "diff shows the edits, undo takes the last step back, commit OUT writes them");
        }
    }

    /** {@code diff}. */
    private record Diff() implements Command {
        private static final int SHOWN = 200;
        private static final int WIDTH = 56;

        @Override
        public String name() {
            return "diff";
        }

        @Override
        public String synopsis() {
            return "";
        }

        @Override
        public String summary() {
            return "every edit, with what stood there and what does now";
        }

        @Override
        public void run(Session session, List<String> words) throws CommandMisused {
            none(name(), words);
            List<StagedEdits.Edit> edits =
                    session.code().edits().steps().stream()
                            .flatMap(step -> step.edits().stream())
                            .toList();
            if (edits.isEmpty()) session.out().println("nothing edited");
            edits.stream().limit(SHOWN).forEach(edit -> print(session, edit));
            if (edits.size() > SHOWN)
                session.out().println("… and " + (edits.size() - SHOWN) + " more edits");
        }

        static void print(Session session, StagedEdits.Edit edit) {
            String place = (edit.element() + " " + edit.path()).strip();
            session.out()
                    .println(
                            place
                                    + ": "
                                    + session.styled(Style.ERROR, shown(edit.before()))
                                    + " → "
                                    + session.styled(Style.GOOD, shown(edit.after())));
        }

        private static String shown(Optional<JsonNode> value) {
            String text = value.map(JsonNode::toString).orElse("nothing");
            return text.length() <= WIDTH ? text : text.substring(0, WIDTH - 1) + "…";
        }
    }

    /** {@code undo}. */
    private record Undo() implements Command {
        @Override
        public String name() {
            return "undo";
        }

        @Override
        public String synopsis() {
            return "";
        }

        @Override
        public String summary() {
            return "takes the last step back";
        }

        @Override
        public List<String> details() {
            return List.of(
                    "What code holds of the image (records, pages, config) is of the time before: take it from image again.");
        }

        @Override
        public void run(Session session, List<String> words) throws CommandMisused {
            none(name(), words);
            Optional<StagedEdits.Step> step = session.code().undo();
            if (step.isPresent()) session.written(false);
            session.out()
                    .println(
                            step.map(taken ->
                                            "took back step %d: %s"
                                                    .formatted(
                                                            taken.number(),
                                                            plural(taken.edits().size(), "edit")))
                                    .orElse("nothing to take back"));
        }
    }

    /** {@code commit}. */
    private record Commit() implements Command {
        @Override
        public String name() {
            return "commit";
        }

        @Override
        public String synopsis() {
            return "OUT [--force]";
        }

        @Override
        public String summary() {
            return "writes the edited image to another file";
        }

        @Override
        public List<String> details() {
            return List.of(
                    "OUT appears whole or not at all, and only if the edited image is well formed.",
                    "What was not edited is copied byte for byte; the image itself is never written.",
                    "--force replaces OUT if it is there.");
        }

        @Override
        public boolean takesFiles() {
            return true;
        }

        @Override
        public void run(Session session, List<String> words) throws IOException, CommandMisused {
            List<String> names = new ArrayList<>(words);
            boolean force = names.remove("--force");
            if (names.size() != 1) throw new CommandMisused("commit takes " + synopsis());
            String name = names.getFirst();
            StagedEdits edits = session.code().edits();
            String source = session.image().name();
            var edited =
                    new Guard(
                            source,
                            finding ->
                                    new CorruptImage(
                                            finding.fault()
                                                    .remedy(
                                                            "the edits break the rule %s; undo takes the last step back"
                                                                    .formatted(
                                                                            finding.rule().id()))));
            try (ImageReader reader = session.reader();
                    Outputs.Output output = session.setup().outputs().open(name, force)) {
                Rewrite rewrite =
                        Rewrite.of(reader)
                                .with(options -> options.withStatement(session::statement))
                                .watchedBy(_ -> session.pulse());
                if (!edits.steps().isEmpty())
                    rewrite = rewrite.through(edits.transform()).through(edited);
                rewrite.to(output.sink());
                output.commit();
            }
            session.written(true);
            session.out()
                    .println(
                            name
                                    + ": "
                                    + (edits.steps().isEmpty()
                                            ? "written, unchanged"
                                            : "written, with "
                                                    + plural(edits.steps().size(), "step")));
        }
    }

    /** {@code verify}. */
    private record Verify() implements Command {
        private static final int SHOWN = 100;

        @Override
        public String name() {
            return "verify";
        }

        @Override
        public String synopsis() {
            return "";
        }

        @Override
        public String summary() {
            return "whether the image, as edited, keeps the rules of its streams";
        }

        @Override
        public void run(Session session, List<String> words) throws IOException, CommandMisused {
            none(name(), words);
            List<Finding> findings = new ArrayList<>();
            try (ImageReader reader = session.reader()) {
                var verifier = new Verifier(session.image().name(), Reading.VERIFY, findings::add);
                var sink = session.code().edits().transform().onto(verifier);
                while (reader.advance(sink)) session.pulse();
                sink.end();
            } catch (ImageException e) {
                findings.add(new Finding(Rule.READABLE, Severity.ERROR, e.fault()));
            }
            boolean good = true;
            int shown = 0;
            for (Finding finding : findings) {
                good &= finding.severity() != Severity.ERROR;
                if (shown++ >= SHOWN) continue;
                session.out()
                        .println(
                                "%-7s %s"
                                        .formatted(
                                                finding.severity().name().toLowerCase(Locale.ROOT),
                                                finding));
            }
            if (shown > SHOWN) session.out().println("… and " + (shown - SHOWN) + " more findings");
            session.out()
                    .println(
                            good
                                    ? session.styled(Style.GOOD, "well formed")
                                    : session.styled(Style.ERROR, "not well formed"));
        }
    }

    /** {@code policy}. */
    private record DryRun() implements Command {
        @Override
        public String name() {
            return "policy";
        }

        @Override
        public String synopsis() {
            return "POLICY [KEY=VALUE]…";
        }

        @Override
        public String summary() {
            return "what a policy would change in the image, as edited; writes nothing";
        }

        @Override
        public List<String> details() {
            return List.of(
                    "policy ./rename.py to=web2", "policy scrub-pattern text=TOKEN= length=49");
        }

        @Override
        public boolean takesFiles() {
            return true;
        }

        @Override
        public void run(Session session, List<String> words) throws IOException, CommandMisused {
            if (words.isEmpty()) throw new CommandMisused("policy takes " + synopsis());
            Map<String, String> parameters = new LinkedHashMap<>();
            for (String word : words.subList(1, words.size())) {
                int equals = word.indexOf('=');
                if (equals <= 0) throw new CommandMisused("expected KEY=VALUE, found " + word);
                parameters.put(word.substring(0, equals), word.substring(equals + 1));
            }
            String source = session.image().name();
            try (PolicyHost host = PolicyHost.open(session.setup().policies());
                    PolicyRun run =
                            host.run(
                                    List.of(load(session, host, words.getFirst())),
                                    session.setup().run().withParameters(parameters),
                                    DecisionLog.none());
                    ImageReader reader = session.reader()) {
                try {
                    var sink =
                            Guard.ofImage(source)
                                    .andThen(session.code().edits().transform())
                                    .andThen(run.transform())
                                    .onto(_ -> {});
                    while (reader.advance(sink)) session.pulse();
                    sink.end();
                } catch (IOException | RuntimeException failure) {
                    run.fail(failure);
                    throw failure;
                }
                new RunReport(run.summary()).print(session.out());
            }
        }
    }

    private static Policy load(Session session, PolicyHost host, String reference)
            throws IOException {
        Policy policy = host.load(reference);
        session.setup().files().reading(Path.of(policy.file()));
        return policy;
    }

    /** {@code quit}. */
    private record Quit() implements Command {
        @Override
        public String name() {
            return "quit";
        }

        @Override
        public String synopsis() {
            return "";
        }

        @Override
        public String summary() {
            return "ends the console; edits that were not written are gone";
        }

        @Override
        public void run(Session session, List<String> words) throws CommandMisused {
            none(name(), words);
            session.quit();
        }
    }
}
