package org.xenimage.script.view;

import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.PageType;
import org.xenimage.image.page.PagePattern;
import org.xenimage.image.page.PageRule;
import org.xenimage.image.page.PageSelection;
import org.xenimage.script.engine.Arguments;
import org.xenimage.script.engine.Signature;
import org.xenimage.script.header.Nearest;

import java.util.ArrayList;
import java.util.List;

/** Patterns, selections and rules out of the arguments of a call. */
final class Patterns {
    static final Signature SCRUB =
            Signature.of(
                    "scrub", "text", "length", "fill", "hex", "bytes", "types", "pfnFrom", "pfnTo");
    static final Signature REPLACE =
            Signature.of(
                    "replace", "text", "by", "hex", "bytes", "byHex", "byBytes", "types", "pfnFrom",
                    "pfnTo");
    static final Signature ZERO = Signature.of("zero", "types", "pfnFrom", "pfnTo", "contains");

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
                .map(PagePattern::ofHex)
                .orElseGet(() -> PagePattern.ofText(arguments.text(text).orElseThrow()));
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
        PagePattern pattern = pattern(arguments);
        int length = (int) arguments.integer("length", 0, 0, PageRule.Scrub.LENGTH_MAX);
        if (length == 0) length = pattern.length();
        int fill = (int) arguments.integer("fill", 0, 0, 0xff);
        return new PageRule.Scrub(
                pattern, length, fill, selection(arguments, PageSelection.NORMAL));
    }

    static PageRule replace(Arguments arguments) {
        PagePattern replacement = pattern(arguments, "by", "byHex", "byBytes");
        return new PageRule.Replace(
                pattern(arguments), replacement, selection(arguments, PageSelection.NORMAL));
    }

    static PageRule zero(Arguments arguments) {
        if (arguments.find("contains").isPresent())
            throw arguments.refusal("with contains works only in onPages, as batch.zero");
        return new PageRule.ZeroPages(selection(arguments, PageSelection.NORMAL));
    }
}
