package org.xenimage.script.view;

import static org.xenimage.script.api.ScriptType.Plain.FLAG;
import static org.xenimage.script.api.ScriptType.Plain.JSON;
import static org.xenimage.script.api.ScriptType.Plain.STRING;

import com.fasterxml.jackson.databind.JsonNode;

import org.jspecify.annotations.Nullable;
import org.xenimage.image.element.LibxcHeader;
import org.xenimage.image.section.SiteSection;
import org.xenimage.image.spi.ImageExtras;
import org.xenimage.script.api.ScriptType;
import org.xenimage.script.edit.StagedEdits;
import org.xenimage.script.engine.Arguments;
import org.xenimage.script.engine.ScriptRefusal;
import org.xenimage.script.engine.Values;
import org.xenimage.script.policy.ImageFacts;
import org.xenimage.script.policy.TestedRun;
import org.xenimage.tools.index.ImageIndex;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * {@code result}: what {@code t.run} gives a test. Its images are those of a session, see {@link ImageHandle}; what a
 * test writes to them goes nowhere.
 */
final class ResultHandle {
    private static final ScriptType OR_NULL = ScriptType.orNull(STRING);
    private static final ScriptType IMAGE = new ScriptType.Ref("Image");

    static final Members<ResultHandle> RESULT = members();

    private static Members<ResultHandle> members() {
        ScriptType lines = ScriptType.list(STRING);
        return Members.<ResultHandle>of("TestResult", "result", "What came of a run of policies.")
                .value("outcome", STRING, "How the run ended.", self -> self.fact("outcome"))
                .example("t.equal(result.outcome, 'ran');", "t.equal(result.outcome, 'ran')")
                .value(
                        "reason",
                        STRING,
                        "Why it ended so; may be empty.",
                        self -> self.fact("reason"))
                .example("t.log(result.reason);", "t.log(result.reason)")
                .value("veto", OR_NULL, "The reason of a veto.", self -> self.fact("veto"))
                .example("t.ok(!result.veto);", "t.ok(not result.veto)")
                .value("error", OR_NULL, "How the policy failed.", self -> self.fact("error"))
                .example("t.ok(!result.error);", "t.ok(not result.error)")
                .value(
                        "unchanged",
                        FLAG,
                        "Whether no byte changed.",
                        self -> self.fact("unchanged"))
                .example("t.ok(!result.unchanged);", "t.ok(not result.unchanged)")
                .value("edits", ScriptType.list(JSON), "Every edit.", self -> self.fact("edits"))
                .example("t.equal(result.edits.length, 1);", "t.equal(len(result.edits), 1)")
                .value("log", lines, "What the policy logged.", self -> self.fact("log"))
                .example("t.equal(result.log.length, 1);", "t.equal(len(result.log), 1)")
                .value("warnings", lines, "What it warned of.", self -> self.fact("warnings"))
                .example("t.equal(result.warnings, []);", "t.equal(result.warnings, [])")
                .value("printed", lines, "What it printed.", self -> self.fact("printed"))
                .example("t.equal(result.printed, []);", "t.equal(result.printed, [])")
                .value("pages", JSON, "Pages edited, and bytes.", self -> self.fact("pages"))
                .example("t.equal(result.pages.edited, 0);", "t.equal(result.pages['edited'], 0)")
                .value(
                        "grants",
                        new ScriptType.MapOf(lines),
                        "By grant, what was appended, requested or given to the command.",
                        self -> self.fact("grants"))
                .example("t.equal(result.grants, {});", "t.equal(result.grants, {})")
                .value("before", IMAGE, "The image before.", self -> self.before().value())
                .example(
                        "t.equal(result.before.name, result.image.name);",
                        "t.equal(result.before.name, result.image.name)")
                .value("image", IMAGE, "The image after.", self -> self.after("image").value())
                .example(
                        "t.ok(result.image.pages.count > 0);", "t.ok(result.image.pages.count > 0)")
                .value(
                        "config",
                        new ScriptType.Ref("Config"),
                        "The config after.",
                        self -> self.after("config").config())
                .example(
                        "t.equal(result.config.c_info.type, 'pv');",
                        "t.equal(result.config['c_info']['type'], 'pv')")
                .value(
                        "metadata",
                        new ScriptType.Ref("Metadata"),
                        "The site metadata after.",
                        self -> self.after("metadata").metadata())
                .example(
                        "t.equal(result.metadata['site.greeting'], 'hello');",
                        "t.equal(result.metadata['site.greeting'], 'hello')")
                .value(
                        "records",
                        ScriptType.list(new ScriptType.Ref("XenRecord")),
                        "The records after.",
                        self -> self.after("records").records().list())
                .example("t.ok(result.records.length > 0);", "t.ok(len(result.records) > 0)")
                .value(
                        "sections",
                        ScriptType.list(new ScriptType.Ref("SiteSection")),
                        "The sections of sites after.",
                        ResultHandle::sections)
                .example("t.equal(result.sections.length, 0);", "t.equal(len(result.sections), 0)")
                .function(
                        ImageRecords.RECORD,
                        "A record after.",
                        (self, arguments) -> self.after("record").records().record(arguments))
                .example(
                        "t.equal(result.record('X86_PV_INFO').length, 8);",
                        "t.equal(result.record('X86_PV_INFO').length, 8)")
                .function(
                        ImagePages.PAGE,
                        "A page after.",
                        (self, arguments) -> self.after("page").pages().page(arguments))
                .example("t.log(result.page(0).type);", "t.log(result.page(0).type)")
                .function(ImagePages.FIND, "Where the pages have a text after.", ResultHandle::find)
                .example(
                        "t.equal(result.find({ text: 'no such text' }), []);",
                        "t.equal(result.find(text='no such text'), [])")
                .summary(self -> "result: " + self.fact("outcome").asText())
                .build();
    }

    private final TestedRun run;
    private final Values values;
    private Scope scope = new Scope("its test had ended");
    private @Nullable ImageHandle before;
    private @Nullable ImageHandle after;

    ResultHandle(TestedRun run, Values values) {
        this.run = run;
        this.values = values;
    }

    Object value(Scope test) {
        scope = test;
        return new View<>(RESULT, this, values, test);
    }

    JsonNode fact(String name) {
        return run.facts().path(name);
    }

    private JsonNode find(Arguments arguments) throws IOException {
        return after("find").pages().find(arguments);
    }

    private Object sections() throws IOException {
        var _ = after("sections");
        ImageExtras extras = run.after().orElseThrow().extras();
        List<Object> views = new ArrayList<>();
        for (SiteSection section : extras.sections())
            views.add(
                    new SectionHandle(section, extras.known().layout(section.head()), values, scope)
                            .value());
        return new ImageRecords.Views("section", views);
    }

    private ImageHandle before() throws IOException {
        if (before == null) before = handle(run.before());
        return before;
    }

    private ImageHandle after(String member) throws IOException {
        if (after == null) {
            Optional<ImageIndex> made = run.after();
            if (made.isEmpty())
                throw new ScriptRefusal(
                        "result.%s: there is no image, because the run failed: %s"
                                .formatted(
                                        member,
                                        fact("veto").isNull()
                                                ? fact("error").asText()
                                                : "vetoed: " + fact("veto").asText()));
            after = handle(made.get());
        }
        return after;
    }

    private ImageHandle handle(ImageIndex index) throws IOException {
        ImageFacts facts = ImageFacts.of(index.elements(), index.first(LibxcHeader.class));
        return new ImageHandle(index, facts, values, new StagedEdits());
    }
}
