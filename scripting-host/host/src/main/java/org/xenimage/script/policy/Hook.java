package org.xenimage.script.policy;

import org.xenimage.script.api.CallParameter;
import org.xenimage.script.api.Example;
import org.xenimage.script.api.HookType;
import org.xenimage.script.api.ScriptType;
import org.xenimage.script.api.Spelling;

import java.util.ArrayList;
import java.util.List;

/** The functions of a policy that a run calls, in this order, and what it gives them. */
public enum Hook {
    /** Before the first element. */
    BEGIN(
            "onBegin",
            "Called once, before anything is read of the image but its headers: declares page rules, refuses a run.",
            List.of(),
            "ctx.pages.scrub({ text: 'SECRET-API-TOKEN=', length: 49 });",
            "ctx.pages.scrub(text='SECRET-API-TOKEN=', length=49)"),
    /** The toolstack's config. */
    CONFIG(
            "onConfig",
            "Called with the toolstack's config, if the image has one, to edit it in place: "
                    + "xl's JSON, or libvirt's XML or xenopsd's record as a tree.",
            List.of(given("config", "Config", "the config")),
            "for (const nic of config.nics ?? []) nic.bridge = 'br-dmz';",
            "for nic in config.get('nics', []): nic['bridge'] = 'br-dmz'"),
    /** Site metadata. */
    METADATA(
            "onMetadata",
            "Called with the site metadata, to edit it in place: keys with the namespace of the site.",
            List.of(given("meta", "Metadata", "the metadata")),
            "meta['site.operator'] = ctx.operator;",
            "meta['site.operator'] = ctx.operator"),
    /** A record other than PAGE_DATA. */
    RECORD(
            "onRecord",
            "Called for each record but page data, to edit, drop or replace it, or to insert others beside it.",
            List.of(given("record", "XenRecord", "the record")),
            "if (record.type === 'X86_TSC_INFO') record.fields.mode = 0;",
            "if record.type == 'X86_TSC_INFO': record.fields['mode'] = 0"),
    /** A batch of pages. */
    PAGES(
            "onPages",
            "Called for each batch of pages, after the page rules, to search and edit them.",
            List.of(given("batch", "PageBatch", "the pages")),
            "batch.scrub({ text: 'SECRET=', length: 64 });",
            "batch.scrub(text='SECRET=', length=64)"),
    /** A section of a site in a native image. */
    SECTION(
            "onSection",
            "Called for each site section of a native image, when its pages have ended, to read, edit or drop it.",
            List.of(given("section", "SiteSection", "the section")),
            "if (section.name === 'example.screenshot') section.drop();",
            "if section.name == 'example.screenshot': section.drop()"),
    /** After the last element. */
    END(
            "onEnd",
            "Called when the image is complete; the last chance to refuse the run.",
            List.of(given("summary", "Summary", "what the policy did")),
            "ctx.log(`${summary.edits} edits`);",
            "ctx.log(f\"{summary['edits']} edits\")"),
    /** The run failed. */
    FAILURE(
            "onFailure",
            "Called for every policy that began, the last first, if the run fails.",
            List.of(given("error", "Failure", "what failed")),
            "ctx.log(error.message);",
            "ctx.log(error['message'])");

    private final String camelCase;
    private final String snakeCase;
    private final String doc;
    private final String javaScript;
    private final String python;

    @SuppressWarnings("ImmutableEnumChecker") // it is made by List.of
    private final List<CallParameter> parameters;

    Hook(
            String camelCase,
            String doc,
            List<CallParameter> given,
            String javaScript,
            String python) {
        List<CallParameter> all = new ArrayList<>(given);
        all.add(given("ctx", "Context", "the run"));
        this.camelCase = camelCase;
        this.snakeCase = Spelling.snake(camelCase);
        this.doc = doc;
        this.parameters = List.copyOf(all);
        this.javaScript = javaScript;
        this.python = python;
    }

    private static CallParameter given(String name, String type, String doc) {
        return CallParameter.required(name, new ScriptType.Ref(type), doc);
    }

    /**
     * The name of the function.
     *
     * @param language of the policy
     * @return such as {@code onBegin} or {@code on_begin}
     */
    public String in(Language language) {
        return switch (language) {
            case JAVASCRIPT -> camelCase;
            case PYTHON -> snakeCase;
        };
    }

    /** {@return the description of the hook} */
    public HookType type() {
        return new HookType(camelCase, parameters, doc, 1, new Example(javaScript, python));
    }
}
