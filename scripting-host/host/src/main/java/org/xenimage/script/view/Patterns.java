package org.xenimage.script.view;

import static org.xenimage.script.api.ScriptType.Plain.BYTES_LIKE;
import static org.xenimage.script.api.ScriptType.Plain.FLAG;
import static org.xenimage.script.api.ScriptType.Plain.NOTHING;
import static org.xenimage.script.api.ScriptType.Plain.NUMBER;
import static org.xenimage.script.api.ScriptType.Plain.STRING;

import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.PageType;
import org.xenimage.image.page.PageExpression;
import org.xenimage.image.page.PagePattern;
import org.xenimage.image.page.PageRule;
import org.xenimage.image.page.PageSelection;
import org.xenimage.script.api.CallParameter;
import org.xenimage.script.api.ScriptType;
import org.xenimage.script.engine.Arguments;
import org.xenimage.script.engine.Checked;
import org.xenimage.script.engine.Signature;
import org.xenimage.script.header.Nearest;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Patterns, selections and rules out of the arguments of a call. */
final class Patterns {
    /** The name of a page type. */
    static final ScriptType PAGE_TYPE =
            new ScriptType.Choice(
                    "PageType", Arrays.stream(PageType.values()).map(PageType::name).toList());

    private static final CallParameter TEXT =
            CallParameter.optional("text", STRING, "what to look for, as text in UTF-8");
    private static final CallParameter HEX =
            CallParameter.optional("hex", STRING, "what to look for, in hex digits");
    private static final CallParameter BYTES_SOUGHT =
            CallParameter.optional("bytes", BYTES_LIKE, "what to look for, as bytes");
    static final CallParameter TYPES =
            CallParameter.optional(
                    "types",
                    ScriptType.oneOrMore(PAGE_TYPE),
                    "only pages of these types; ordinary pages if absent");
    static final CallParameter ANY_TYPES =
            CallParameter.optional(
                    "types",
                    ScriptType.oneOrMore(PAGE_TYPE),
                    "only pages of these types; all if absent");
    static final CallParameter PFN_FROM =
            CallParameter.optional("pfnFrom", NUMBER, "the first PFN; 0 if absent");
    static final CallParameter PFN_TO =
            CallParameter.optional("pfnTo", NUMBER, "the PFN after the last; no end if absent");
    static final CallParameter WHETHER_ZERO =
            CallParameter.optional(
                    "zero", FLAG, "true for pages of zeros only, false for all others");
    static final CallParameter CONTAINS =
            CallParameter.optional("contains", STRING, "only pages that hold this text");

    static final Signature SCRUB =
            Signature.of(
                    "scrub",
                    NUMBER,
                    TEXT,
                    CallParameter.optional(
                            "length",
                            NUMBER,
                            "bytes to overwrite from the start of the match; the match if absent"),
                    CallParameter.optional("fill", NUMBER, "the byte to write; 0 if absent"),
                    HEX,
                    BYTES_SOUGHT,
                    TYPES,
                    PFN_FROM,
                    PFN_TO,
                    CallParameter.optional(
                            "regex",
                            STRING,
                            "what to overwrite, as a regular expression over bytes (RE2, ASCII)"));
    private static final CallParameter ACROSS =
            CallParameter.optional(
                    "across",
                    new ScriptType.Choice("Across", List.of("batch", "virtual")),
                    "'virtual' also joins pages of two batches and of virtual memory");
    private static final CallParameter EDGE =
            CallParameter.optional(
                    "edge",
                    NUMBER,
                    "bytes at the edge of a page that match if the image is read once; 4 if absent");

    /** The same where it declares a rule, which can look at the image twice. */
    static final Signature SCRUB_RULE = with(SCRUB, ACROSS, EDGE);

    static final Signature REPLACE =
            Signature.of(
                    "replace",
                    NUMBER,
                    TEXT,
                    CallParameter.optional(
                            "by", STRING, "what to write, of the same length, as text in UTF-8"),
                    HEX,
                    BYTES_SOUGHT,
                    CallParameter.optional("byHex", STRING, "what to write, in hex digits"),
                    CallParameter.optional("byBytes", BYTES_LIKE, "what to write, as bytes"),
                    TYPES,
                    PFN_FROM,
                    PFN_TO);
    static final Signature SELECT =
            Signature.of(
                    "select",
                    ScriptType.list(NUMBER),
                    ANY_TYPES,
                    PFN_FROM,
                    PFN_TO,
                    WHETHER_ZERO,
                    CONTAINS);
    static final Signature ZERO = Signature.of("zero", NUMBER, TYPES, PFN_FROM, PFN_TO, CONTAINS);

    static final Signature ZERO_FREE =
            Signature.of(
                    "zeroFree",
                    NOTHING,
                    CallParameter.optional(
                            "required",
                            FLAG,
                            "whether to refuse the image if its free pages are not known; false if absent"));

    /** How pages are searched. */
    static Signature find(ScriptType match) {
        return Signature.of(
                "find",
                ScriptType.list(match),
                TEXT,
                CallParameter.optional("limit", NUMBER, "at most so many matches; 1024 if absent"),
                HEX,
                BYTES_SOUGHT,
                TYPES,
                PFN_FROM,
                PFN_TO);
    }

    private static Signature with(Signature signature, CallParameter... more) {
        List<CallParameter> all = new ArrayList<>(signature.parameters());
        all.addAll(List.of(more));
        return new Signature(signature.name(), all, signature.byName(), signature.result());
    }

    /** The same function where it only declares a rule. */
    static Signature declaring(Signature signature) {
        return new Signature(signature.name(), signature.parameters(), signature.byName(), NOTHING);
    }

    private static final long PFN_END = PageBatch.PFN_MASK + 1;

    private Patterns() {}

    static PagePattern pattern(Arguments arguments) {
        return pattern(arguments, "text", "hex", "bytes");
    }

    private static PagePattern pattern(Arguments arguments, String text, String hex, String bytes) {
        int given = 0;
        for (String name : List.of(text, hex, bytes)) if (arguments.find(name).isPresent()) given++;
        if (given != 1)
            throw arguments.refusal(
                    "needs one of " + text + ", " + hex + ", " + bytes + ", found " + given);
        if (arguments.bytes(bytes).isPresent()) return PagePattern.of(arguments.bytes(bytes).get());
        return arguments
                .text(hex)
                .map(digits -> ofHex(arguments, hex, digits))
                .orElseGet(() -> PagePattern.ofText(arguments.text(text).orElseThrow()));
    }

    private static PagePattern ofHex(Arguments arguments, String name, String digits) {
        try {
            return PagePattern.ofHex(digits);
        } catch (IllegalArgumentException e) {
            throw arguments.refusal(
                    "%s: expected pairs of hexadecimal digits, such as '00ff', found \"%s\""
                            .formatted(
                                    name, digits.length() > 40 ? digits.substring(0, 40) : digits));
        }
    }

    static PageSelection selection(Arguments arguments, PageSelection base) {
        PageSelection selection = base;
        List<String> names = arguments.texts("types");
        if (!names.isEmpty()) {
            List<PageType> types = new ArrayList<>();
            for (String name : names) types.add(type(arguments, name));
            selection = selection.types(types.toArray(PageType[]::new));
        }
        return selection.pfns(
                arguments.integer("pfnFrom", 0, 0, PFN_END),
                arguments.integer("pfnTo", PFN_END, 0, PFN_END));
    }

    private static PageType type(Arguments arguments, String name) {
        List<String> known = new ArrayList<>();
        for (PageType type : PageType.values()) {
            if (type.name().equals(name)) return type;
            if (type.known()) known.add(type.name());
        }
        throw arguments.refusal(
                "types: there is no page type " + name + Nearest.suggestion(name, known));
    }

    static PageRule scrub(Arguments arguments) {
        if (arguments.find("regex").isPresent()) return scrubExpression(arguments);
        PagePattern pattern = pattern(arguments);
        int length = (int) arguments.integer("length", 0, 0, PageRule.Scrub.LENGTH_MAX);
        if (length == 0) length = pattern.length();
        int fill = (int) arguments.integer("fill", 0, 0, 0xff);
        return new PageRule.Scrub(
                pattern,
                length,
                fill,
                selection(arguments, PageSelection.NORMAL),
                across(arguments));
    }

    /** How a rule removes split matches. Operations on one batch have no such parameter. */
    private static Optional<PageRule.Across> across(Arguments arguments) {
        Optional<String> wanted = arguments.text("across");
        boolean virtual = wanted.filter("virtual"::equals).isPresent();
        if (wanted.isPresent() && !virtual && !wanted.get().equals("batch"))
            throw arguments.refusal(
                    "across: expected 'batch' or 'virtual', found "
                            + wanted.get()
                            + Nearest.suggestion(wanted.get(), List.of("batch", "virtual")));
        if (!virtual && arguments.find("edge").isPresent())
            throw arguments.refusal("with edge needs across: 'virtual'");
        return virtual
                ? Optional.of(
                        new PageRule.Across(
                                (int)
                                        arguments.integer(
                                                "edge",
                                                PageRule.Across.EDGE,
                                                0,
                                                PageRule.Across.LENGTH_MAX)))
                : Optional.empty();
    }

    private static PageRule scrubExpression(Arguments arguments) {
        for (String other : List.of("text", "hex", "bytes", "length"))
            if (arguments.find(other).isPresent())
                throw arguments.refusal(
                        "with regex takes no " + other + ": the expression says what to overwrite");
        return new PageRule.ScrubExpression(
                PageExpression.of(arguments.text("regex").orElseThrow()),
                (int) arguments.integer("fill", 0, 0, 0xff),
                selection(arguments, PageSelection.NORMAL),
                across(arguments));
    }

    static PageRule replace(Arguments arguments) {
        PagePattern replacement = pattern(arguments, "by", "byHex", "byBytes");
        return new PageRule.Replace(
                pattern(arguments), replacement, selection(arguments, PageSelection.NORMAL));
    }

    static PageRule zeroFree(Arguments arguments) {
        boolean required =
                arguments
                        .find("required")
                        .map(value -> Checked.flag(value, "required"))
                        .orElse(false);
        return new PageRule.ZeroFree(PageSelection.NORMAL, required);
    }

    static PageRule zero(Arguments arguments) {
        if (arguments.find("contains").isPresent())
            throw arguments.refusal("with contains works only in onPages, as batch.zero");
        return new PageRule.ZeroPages(selection(arguments, PageSelection.NORMAL));
    }
}
