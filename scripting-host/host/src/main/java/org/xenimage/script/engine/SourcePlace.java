package org.xenimage.script.engine;

/**
 * Where in a script something happened.
 *
 * @param module the path of one of its modules; empty for the script's own source
 * @param line from 1; 0 if it is not known
 * @param column from 1; 0 if it is not known
 */
public record SourcePlace(String module, int line, int column) {
    static final SourcePlace UNKNOWN = new SourcePlace("", 0, 0);
}
