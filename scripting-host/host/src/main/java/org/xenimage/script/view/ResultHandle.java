package org.xenimage.script.view;

import static org.xenimage.script.api.ScriptType.Plain.FLAG;
import static org.xenimage.script.api.ScriptType.Plain.JSON;
import static org.xenimage.script.api.ScriptType.Plain.STRING;

import com.fasterxml.jackson.databind.JsonNode;

import org.jspecify.annotations.Nullable;
import org.xenimage.image.element.LibxcHeader;
import org.xenimage.script.api.ScriptType;
import org.xenimage.script.edit.StagedEdits;
import org.xenimage.script.engine.Arguments;
import org.xenimage.script.engine.ScriptRefusal;
import org.xenimage.script.engine.Values;
import org.xenimage.script.policy.ImageFacts;
import org.xenimage.script.policy.TestedRun;
import org.xenimage.tools.index.ImageIndex;

import java.io.IOException;
import java.util.Optional;

/**
 * {@code result}: what {@code t.run} gives a test. Its images are those of a session, see {@link ImageHandle}; what a
 * test writes to them goes nowhere.
 */
final class ResultHandle {
    private static final ScriptType OR_NULL = ScriptType.orNull(STRING);
    private static final ScriptType IMAGE = new ScriptType.Ref("Image");

    private static final Members<ResultHandle> RESULT = members();

    private static Members<ResultHandle> members() {
        ScriptType lines = ScriptType.list(STRING);
        return Members.<ResultHandle>of("TestResult", "result", "What came of a run of policies.")
                .value("outcome", STRING, "How the run ended.", self -> self.fact("outcome"))
                .value(
                        "reason",
                        STRING,
                        "Why it ended so; may be empty.",
                        self -> self.fact("reason"))
                .value("veto", OR_NULL, "The reason of a veto.", self -> self.fact("veto"))
                .value("error", OR_NULL, "How the policy failed.", self -> self.fact("error"))
                .value(
                        "unchanged",
                        FLAG,
                        "Whether no byte changed.",
                        self -> self.fact("unchanged"))
                .value("edits", ScriptType.list(JSON), "Every edit.", self -> self.fact("edits"))
                .value("log", lines, "What the policy logged.", self -> self.fact("log"))
                .value("warnings", lines, "What it warned of.", self -> self.fact("warnings"))
                .value("printed", lines, "What it printed.", self -> self.fact("printed"))
                .value("pages", JSON, "Pages edited, and bytes.", self -> self.fact("pages"))
                .value("before", IMAGE, "The image before.", self -> self.before().value())
                .value("image", IMAGE, "The image after.", self -> self.after("image").value())
                .value(
                        "config",
                        new ScriptType.Ref("Config"),
                        "The config after.",
                        self -> self.after("config").config())
                .value(
                        "metadata",
                        new ScriptType.Ref("Metadata"),
                        "The site metadata after.",
                        self -> self.after("metadata").metadata())
                .value(
                        "records",
                        ScriptType.list(new ScriptType.Ref("XenRecord")),
                        "The records after.",
                        self -> self.after("records").records())
                .function(
                        ImageHandle.RECORD,
                        "A record after.",
                        (self, arguments) -> self.after("record").record(arguments))
                .function(
                        ImageHandle.PAGE,
                        "A page after.",
                        (self, arguments) -> self.after("page").page(arguments))
                .function(
                        ImageHandle.FIND, "Where the pages have a text after.", ResultHandle::find)
                .shown(self -> "result: " + self.fact("outcome").asText())
                .build();
    }

    private final TestedRun run;
    private final Values values;
    private @Nullable ImageHandle before;
    private @Nullable ImageHandle after;

    ResultHandle(TestedRun run, Values values) {
        this.run = run;
        this.values = values;
    }

    Object value(Scope scope) {
        return new View<>(RESULT, this, values, scope);
    }

    JsonNode fact(String name) {
        return run.facts().path(name);
    }

    private JsonNode find(Arguments arguments) throws IOException {
        return after("find").find(arguments);
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
