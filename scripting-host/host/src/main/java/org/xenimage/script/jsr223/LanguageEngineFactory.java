package org.xenimage.script.jsr223;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;

import org.jspecify.annotations.Nullable;
import org.xenimage.script.HostOptions;
import org.xenimage.script.policy.Language;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import javax.script.ScriptEngine;
import javax.script.ScriptEngineFactory;

/** What the factories of both languages share: everything except the names. */
@SuppressWarnings("exports") // the nullness annotations, which are not needed at run time
abstract sealed class LanguageEngineFactory implements ScriptEngineFactory
        permits JavaScriptEngineFactory, PythonEngineFactory {
    private final Language language;
    private final HostOptions options;
    private final Names names;

    /**
     * What a manager finds the engine by, and the facts about its language.
     *
     * @param engine names of the engine, the usual one first
     * @param extensions of files, without a dot
     * @param mimeTypes of scripts
     * @param language its name
     * @param version of the language
     * @param terminator at the end of a statement
     */
    record Names(
            List<String> engine,
            List<String> extensions,
            List<String> mimeTypes,
            String language,
            String version,
            String terminator) {}

    LanguageEngineFactory(Language language, HostOptions options, Names names) {
        this.language = language;
        this.options = options;
        this.names = names;
    }

    final Language language() {
        return language;
    }

    final HostOptions options() {
        return options;
    }

    @Override
    public final String getEngineName() {
        return "Xenimage " + names.language();
    }

    @Override
    public final String getEngineVersion() {
        String version = LanguageEngineFactory.class.getPackage().getImplementationVersion();
        return version == null ? "0" : version;
    }

    @Override
    public final List<String> getExtensions() {
        return names.extensions();
    }

    @Override
    public final List<String> getMimeTypes() {
        return names.mimeTypes();
    }

    @Override
    public final List<String> getNames() {
        return names.engine();
    }

    @Override
    public final String getLanguageName() {
        return names.language();
    }

    @Override
    public final String getLanguageVersion() {
        return names.version();
    }

    @Override
    public final @Nullable Object getParameter(String key) {
        return switch (key) {
            case ScriptEngine.ENGINE -> getEngineName();
            case ScriptEngine.ENGINE_VERSION -> getEngineVersion();
            case ScriptEngine.LANGUAGE -> getLanguageName();
            case ScriptEngine.LANGUAGE_VERSION -> getLanguageVersion();
            case ScriptEngine.NAME -> names.engine().getFirst();
            case "THREADING" -> "MULTITHREADED";
            default -> null;
        };
    }

    @Override
    public final XenimageEngine getScriptEngine() {
        return new XenimageEngine(this);
    }

    @Override
    public final String getMethodCallSyntax(String object, String method, String... arguments) {
        return object + "." + method + "(" + String.join(", ", arguments) + ")";
    }

    /** A JSON string is a string literal of both languages. */
    @Override
    public final String getOutputStatement(String toDisplay) {
        return "print(" + JsonNodeFactory.instance.textNode(toDisplay) + ")";
    }

    @Override
    public final String getProgram(String... statements) {
        return Stream.of(statements)
                .map(line -> line + names.terminator() + "\n")
                .collect(Collectors.joining());
    }
}
