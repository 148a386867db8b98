// Who is who: a user id gives the same name and colour in every window.

const QUALITIES = [
  "Amber", "Brisk", "Calm", "Daring", "Early", "Fond", "Gentle", "Hazel",
  "Ivory", "Jolly", "Keen", "Lucid", "Merry", "Noble", "Olive", "Proud",
];
const ANIMALS = [
  "Badger", "Crane", "Dormouse", "Egret", "Fox", "Gecko", "Heron", "Ibex",
  "Jackdaw", "Kestrel", "Lynx", "Marten", "Newt", "Otter", "Puffin", "Quail",
];

/** `{ name, hue }` of a user id; the hue is an angle in degrees. */
export function person(uid) {
  let hash = 2166136261;
  for (const character of String(uid)) {
    hash = Math.imul(hash ^ character.charCodeAt(0), 16777619) >>> 0;
  }
  const name = `${QUALITIES[hash % 16]} ${ANIMALS[(hash >>> 4) % 16]}`;
  return { name, hue: (hash >>> 8) % 360 };
}
