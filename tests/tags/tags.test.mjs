// Tags of every format, read back by mutagen and by music-metadata: a master with rich tags goes through `gramovar encode`, and
// both readers must find in each file what the master said. The words of a field are those of cases.json.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { parseFile } from "music-metadata";

const run = promisify(execFile);
const GRAMOVAR = process.env.GRAMOVAR ?? fileURLToPath(new URL("../../target/debug/gramovar", import.meta.url));
const PYTHON = process.env.TEST_PYTHON ?? "python3";
const READER = fileURLToPath(new URL("read_tags.py", import.meta.url));
const cases = JSON.parse(await readFile(new URL("cases.json", import.meta.url)));
const COVER_SIDE_PX = 1400;
const SECONDS = 2;
const LISTING_BYTES = 1 << 24;
// Opus tells loudness as R128, relative to -23 LUFS in Q7.8; ReplayGain is relative to -18.
const r128 = (cdb) => Math.round(((cdb - 500) * 256) / 100);

let folder, formats;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "gramovar-tags-"));
  const { stdout } = await run(GRAMOVAR, ["formats", "--json"]);
  // One format of each mode of each codec: tags don't know of qualities.
  const seen = new Set();
  formats = JSON.parse(stdout).filter((f) => f.available && f.quality !== "32f" && !seen.has(`${f.codec}:${f.mode}`) && seen.add(`${f.codec}:${f.mode}`));
  await run("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", `mandelbrot=size=${COVER_SIDE_PX}x${COVER_SIDE_PX}`, "-frames:v", "1", "-q:v", "12", join(folder, "cover.jpg")]);
  await run("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", `sine=duration=${SECONDS}:sample_rate=44100`, "-ac", "2", "-bitexact", join(folder, "plain.flac")]);
});

after(() => rm(folder, { recursive: true, force: true }));

const gain = (cdb) => `${(cdb / 100).toFixed(2)} dB`;
const peak = (millionths) => (millionths / 1e6).toFixed(6);
const credit = (artists) => artists?.map(([name, words]) => name + words).join("");
const names = (artists) => (artists?.length > 1 ? artists.map(([name]) => name) : undefined);

// What the readers must find: field → values, absent fields left out.
function expected(said, codec) {
  const loudness = codec === "opus"
    ? { track_r128: r128(said.track_gain_cdb), album_r128: said.album_gain_cdb === undefined ? undefined : r128(said.album_gain_cdb) }
    : {
        track_gain: gain(said.track_gain_cdb), track_peak: peak(said.track_peak_millionths),
        album_gain: said.album_gain_cdb === undefined ? undefined : gain(said.album_gain_cdb),
        album_peak: said.album_peak_millionths === undefined ? undefined : peak(said.album_peak_millionths),
      };
  const plain = [
    "title", "artist_sort", "album", "album_artist_sort", "disc_subtitle", "date", "original_date", "genres", "composers", "conductors", "label",
    "catalog_number", "isrc", "barcode", "copyright", "language", "mb_recording_id", "mb_track_id", "mb_release_id", "mb_release_group_id",
    "mb_artist_ids", "mb_album_artist_ids",
  ];
  const fields = Object.fromEntries(plain.map((field) => [field, said[field]]));
  Object.assign(fields, loudness, { artist: credit(said.artists), artist_names: names(said.artists), album_artist: credit(said.album_artists) });
  const present = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present.map(([field, value]) => [field, [value].flat().map(String)]));
}

const positions = (said) => [said.track_number, said.track_total, said.disc_number, said.disc_total].map((n) => n ?? null);

// A master that says all of it, in Vorbis comments by Picard's mapping.
async function master(said, path) {
  const fields = { ...expected(said, "flac"), tracknumber: [said.track_number], tracktotal: [said.track_total], discnumber: [said.disc_number], disctotal: [said.disc_total] };
  const keys = {
    artist_names: "ARTISTS", artist_sort: "ARTISTSORT", album_artist: "ALBUMARTIST", album_artist_sort: "ALBUMARTISTSORT", disc_subtitle: "DISCSUBTITLE",
    original_date: "ORIGINALDATE", genres: "GENRE", composers: "COMPOSER", conductors: "CONDUCTOR", catalog_number: "CATALOGNUMBER",
    mb_recording_id: "MUSICBRAINZ_TRACKID", mb_track_id: "MUSICBRAINZ_RELEASETRACKID", mb_release_id: "MUSICBRAINZ_ALBUMID",
    mb_release_group_id: "MUSICBRAINZ_RELEASEGROUPID", mb_artist_ids: "MUSICBRAINZ_ARTISTID", mb_album_artist_ids: "MUSICBRAINZ_ALBUMARTISTID",
    track_gain: "REPLAYGAIN_TRACK_GAIN", track_peak: "REPLAYGAIN_TRACK_PEAK", album_gain: "REPLAYGAIN_ALBUM_GAIN", album_peak: "REPLAYGAIN_ALBUM_PEAK",
  };
  const comments = Object.entries(fields).flatMap(([field, values]) =>
    values.filter((value) => value !== undefined).map((value) => `--set-tag=${keys[field] ?? field.toUpperCase()}=${value}`));
  const cover = said.cover ? [`--import-picture-from=${join(folder, "cover.jpg")}`] : [];
  await writeFile(path, await readFile(join(folder, "plain.flac")));
  await run("metaflac", ["--no-utf8-convert", "--remove-all-tags", ...comments, ...cover, path]);
}

// What music-metadata's common view says, in the words of cases.json.
async function byMusicMetadata(path) {
  const { common: c, native } = await parseFile(path, { duration: false });
  // Its common view leaves R128 gains out.
  const comment = (name) => native.vorbis?.filter((tag) => tag.id === name).map((tag) => tag.value);
  const texts = (value) => (value === undefined ? undefined : [value].flat().map(String));
  const decibels = (value) => value && [`${value.dB.toFixed(2)} dB`];
  const fields = {
    title: c.title, artist: c.artist, artist_names: c.artists?.length > 1 ? c.artists : undefined, artist_sort: c.artistsort, album: c.album,
    album_artist: c.albumartist, album_artist_sort: c.albumartistsort, disc_subtitle: c.discsubtitle, date: c.date, original_date: c.originaldate, genres: c.genre,
    composers: c.composer, conductors: c.conductor, label: c.label, catalog_number: c.catalognumber, isrc: c.isrc, barcode: c.barcode,
    copyright: c.copyright, language: c.language, mb_recording_id: c.musicbrainz_recordingid, mb_track_id: c.musicbrainz_trackid,
    mb_release_id: c.musicbrainz_albumid, mb_release_group_id: c.musicbrainz_releasegroupid, mb_artist_ids: c.musicbrainz_artistid,
    mb_album_artist_ids: c.musicbrainz_albumartistid, track_gain: decibels(c.replaygain_track_gain), album_gain: decibels(c.replaygain_album_gain),
    track_peak: c.replaygain_track_peak && [c.replaygain_track_peak.ratio.toFixed(6)], album_peak: c.replaygain_album_peak && [c.replaygain_album_peak.ratio.toFixed(6)],
    track_r128: comment("R128_TRACK_GAIN"), album_r128: comment("R128_ALBUM_GAIN"),
  };
  const found = Object.fromEntries(Object.entries(fields).flatMap(([field, value]) => (value === undefined || value.length === 0 ? [] : [[field, texts(value)]])));
  // It reads the one tag of a Musepack file twice.
  const once = (values) => (path.endsWith(".mpc") ? [...new Map(values.map((value) => [JSON.stringify(value), value])).values()] : values);
  for (const field of ["mb_artist_ids", "mb_album_artist_ids"]) if (found[field]) found[field] = once(found[field]);
  // It maps no gains of ASF, and of APEv2 only the track's.
  for (const { id, value } of [...(native.asf ?? []), ...(native.APEv2 ?? [])]) {
    if (/^replaygain_/i.test(id)) found[id.toLowerCase().replace("replaygain_", "")] = [value];
  }
  found.positions = [c.track.no, c.track.of, c.disk.no, c.disk.of];
  found.covers = once((c.picture ?? []).map((p) => [createHash("sha256").update(p.data).digest("hex"), /front/i.test(p.type ?? "front") ? 3 : p.type]));
  return found;
}

async function byMutagen(paths) {
  const { stdout } = await run(PYTHON, [READER, ...paths], { maxBuffer: LISTING_BYTES });
  return stdout.trimEnd().split("\n").map((line) => JSON.parse(line).found);
}

// Every difference as a line.
function differences(who, found, wanted) {
  const fields = [...new Set([...Object.keys(found), ...Object.keys(wanted)])];
  const differs = (field) => JSON.stringify(found[field]) !== JSON.stringify(wanted[field]);
  return fields.filter(differs).map((field) => `${who}: ${field} is ${JSON.stringify(found[field])}, not ${JSON.stringify(wanted[field])}`);
}

for (const [number, said] of cases.entries()) {
  test(`both readers find the same tags in every format: ${said.name}`, async () => {
    const source = join(folder, `${number}.flac`);
    await master(said, source);
    const paths = formats.map((f) => join(folder, `${number}-${f.codec}-${f.mode}.${f.extension}`));
    for (const [i, f] of formats.entries()) await run(GRAMOVAR, ["encode", source, paths[i], "--format", f.format]);
    const mutagen = await byMutagen(paths);
    const cover = createHash("sha256").update(await readFile(join(folder, "cover.jpg"))).digest("hex");
    const faults = [];
    for (const [i, f] of formats.entries()) {
      const wanted = { ...expected(said, f.codec), positions: positions(said), covers: said.cover ? [[cover, 3]] : [] };
      faults.push(...differences("mutagen", mutagen[i], wanted).map((fault) => `${f.format}: ${fault}`));
      // It doesn't know True Audio; mutagen alone judges that one.
      if (f.codec === "tta") continue;
      const theirs = await byMusicMetadata(paths[i]);
      // It takes the beginning of the whole header for that of ASF's picture; mutagen alone judges that one.
      if (f.codec === "wma") theirs.covers = wanted.covers;
      faults.push(...differences("music-metadata", theirs, wanted).map((fault) => `${f.format}: ${fault}`));
    }
    assert.deepEqual(faults, []);
  });
}
