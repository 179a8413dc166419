package org.xenimage.script.jsr223;

import org.jspecify.annotations.Nullable;

import java.util.List;

/** A function of the program that a script may call: bind it under a name. Called on the script's thread. */
@SuppressWarnings("exports") // the nullness annotations, which are not needed at run time
@FunctionalInterface
public interface ScriptCallback {
    /**
     * Runs.
     *
     * @param arguments of the call, as the package describes them
     * @return the result, of a kind that can cross to the script
     * @throws Exception if it fails: an {@link IllegalArgumentException} is an error that the
     *     script can catch; any other ends the script, and is the cause of what the caller of the
     *     engine gets
     */
    @Nullable Object call(List<@Nullable Object> arguments) throws Exception;
}
