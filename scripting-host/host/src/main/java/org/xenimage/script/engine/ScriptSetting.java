package org.xenimage.script.engine;

import org.xenimage.script.policy.Limits;

import java.io.OutputStream;
import java.time.Instant;

/**
 * What a script runs under.
 *
 * @param limits of each call
 * @param now the time that its clock shows, always
 * @param out takes what it prints
 * @param err takes what it prints to standard error
 */
public record ScriptSetting(Limits limits, Instant now, OutputStream out, OutputStream err) {}
