// Two small albums for the journeys: tones of eight seconds as FLAC, with tags and a cover; one is Cyrillic throughout.
import { execFile } from "node:child_process";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export const TRACK_LENGTH_S = 8;

export const albums = {
  en: {
    artist: "Harbour Ensemble", title: "Lights on the Water", genre: "Ambient", label: "Quay Records", date: "2021-05-14", colour: "0x1f6f78",
    tracks: [["First Light", 262], ["The Long Pier", 330], ["Homeward", 392]],
  },
  ru: {
    artist: "Ансамбль «Сосна»", title: "Северные вечера", genre: "Камерная музыка", label: "Лад", date: "2019-11-02", colour: "0x7a3b2e",
    tracks: [["Снег идёт", 294], ["Ёлка у окна", 220], ["Тихий час", 349]],
  },
};

// Writes both albums below `folder`, one folder each.
export async function makeMusic(folder) {
  for (const [name, album] of Object.entries(albums)) {
    const place = join(folder, name);
    await mkdir(place, { recursive: true });
    const cover = join(place, "cover.jpg");
    await run("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", `color=c=${album.colour}:s=600x600`, "-frames:v", "1", cover]);
    for (const [index, [title, pitch]] of album.tracks.entries()) {
      const wav = join(place, `${index + 1}.wav`);
      const sound = `aevalsrc=0.3*sin(${pitch}*2*PI*t)*exp(-t/6)+0.15*sin(${pitch * 1.5}*2*PI*t):s=44100:c=stereo:d=${TRACK_LENGTH_S}`;
      await run("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", sound, "-c:a", "pcm_s16le", wav]);
      const tags = {
        TITLE: title, ARTIST: album.artist, ALBUMARTIST: album.artist, ALBUM: album.title, DATE: album.date, GENRE: album.genre, LABEL: album.label,
        TRACKNUMBER: index + 1, TRACKTOTAL: album.tracks.length, DISCNUMBER: 1, DISCTOTAL: 1,
      };
      const given = Object.entries(tags).flatMap(([key, value]) => ["--tag", `${key}=${value}`]);
      await run("flac", ["--silent", ...given, "--picture", cover, "-o", join(place, `0${index + 1}.flac`), wav], { env: { ...process.env, LC_ALL: "C.UTF-8" } });
      await rm(wav);
    }
    await rm(cover);
  }
}
