/**
 * The script engine: contexts that may do nothing but compute, values across the border, limits, errors.
 *
 * <p>A script sees what it is given and nothing else: no files, no network, no processes, no threads, no environment,
 * no host classes, no other language. What it is given are proxies, so that no reflection is needed or allowed.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.script.engine;
