package org.xenimage.script.isolate;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.image.element.PageType;
import org.xenimage.image.page.PageExpression;
import org.xenimage.image.page.PagePattern;
import org.xenimage.image.page.PageRule;
import org.xenimage.image.page.PageSelection;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Page rules in a message: the policy declares them in its process, and the host applies them. */
public final class RuleMessages {
    private RuleMessages() {}

    /**
     * Writes rules.
     *
     * @param rules in their order
     * @return the fields of each
     */
    public static ArrayNode encode(List<PageRule> rules) {
        ArrayNode all = JsonNodeFactory.instance.arrayNode();
        for (PageRule rule : rules) {
            ObjectNode one = all.addObject();
            switch (rule) {
                case PageRule.Scrub scrub ->
                        one.put("rule", "scrub")
                                .put("pattern", hex(scrub.pattern()))
                                .put("length", scrub.length())
                                .put("fill", scrub.fill());
                case PageRule.ScrubExpression scrub ->
                        one.put("rule", "expression")
                                .put("source", scrub.expression().source())
                                .put("fill", scrub.fill());
                case PageRule.Replace replace ->
                        one.put("rule", "replace")
                                .put("pattern", hex(replace.pattern()))
                                .put("by", hex(replace.replacement()));
                case PageRule.ZeroPages _ -> one.put("rule", "zero");
                case PageRule.ZeroFree zero ->
                        one.put("rule", "free").put("required", zero.required());
            }
            rule.across().ifPresent(across -> one.put("edge", across.edge()));
            PageSelection selection = rule.selection();
            one.put("first", selection.firstPfn())
                    .put("end", selection.endPfn())
                    .put("content", selection.content().name());
            ArrayNode types = one.putArray("types");
            for (PageType type : selection.types()) types.add(type.name());
        }
        return all;
    }

    /**
     * Reads rules, which are as untrusted as the process that sent them.
     *
     * @param all the fields of each
     * @param most how many are allowed
     * @return the rules
     * @throws BrokenProtocol if one is invalid
     */
    public static List<PageRule> decode(JsonNode all, int most) throws BrokenProtocol {
        if (!all.isArray() || all.size() > most) throw new BrokenProtocol("too many page rules");
        List<PageRule> rules = new ArrayList<>();
        try {
            for (JsonNode one : all) rules.add(rule(one));
        } catch (IllegalArgumentException e) {
            throw new BrokenProtocol("page rule: " + e.getMessage(), e);
        }
        return rules;
    }

    private static PageRule rule(JsonNode one) throws BrokenProtocol {
        PageSelection selection = selection(one);
        int fill = one.path("fill").asInt();
        Optional<PageRule.Across> across =
                one.has("edge")
                        ? Optional.of(new PageRule.Across(one.path("edge").asInt()))
                        : Optional.empty();
        return switch (one.path("rule").asText()) {
            case "scrub" ->
                    new PageRule.Scrub(
                            pattern(one.path("pattern")),
                            one.path("length").asInt(),
                            fill,
                            selection,
                            across);
            case "expression" ->
                    new PageRule.ScrubExpression(
                            PageExpression.of(one.path("source").asText()),
                            fill,
                            selection,
                            across);
            case "replace" ->
                    new PageRule.Replace(
                            pattern(one.path("pattern")), pattern(one.path("by")), selection);
            case "zero" -> new PageRule.ZeroPages(selection);
            case "free" -> new PageRule.ZeroFree(selection, one.path("required").asBoolean(false));
            default -> throw new BrokenProtocol("unknown page rule");
        };
    }

    private static PageSelection selection(JsonNode one) {
        Set<PageType> types = EnumSet.noneOf(PageType.class);
        for (JsonNode type : one.path("types")) types.add(PageType.valueOf(type.asText()));
        return new PageSelection(
                types,
                one.path("first").asLong(),
                one.path("end").asLong(),
                PageSelection.Content.valueOf(one.path("content").asText()));
    }

    private static String hex(PagePattern pattern) {
        return HexFormat.of().formatHex(pattern.bytes());
    }

    private static PagePattern pattern(JsonNode digits) {
        return PagePattern.of(HexFormat.of().parseHex(digits.asText()));
    }
}
