package org.xenimage.script.jsr223;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;

import org.jspecify.annotations.Nullable;
import org.xenimage.script.HostOptions;
import org.xenimage.script.policy.Language;

import java.util.List;

import javax.script.ScriptEngine;
import javax.script.ScriptEngineFactory;

/** What the factories of both languages share: names, and the engine itself. */
@SuppressWarnings("exports") // of the annotations for null, which nobody needs at run time
abstract sealed class LanguageEngineFactory implements ScriptEngineFactory
        permits JavaScriptEngineFactory, PythonEngineFactory {
    private final Language language;
    private final HostOptions options;
    private final Names names;

    /** What a manager finds the engine by, and what it says of its language. */
    record Names(
            List<String> engine,
            List<String> extensions,
            List<String> mimeTypes,
            String language,
            String version) {}

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

    /** A string literal of both languages. */
    static String quoted(String text) {
        return JsonNodeFactory.instance.textNode(text).toString();
    }
}
