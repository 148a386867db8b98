document.addEventListener("DOMContentLoaded", () => {
  const at = (id) => document.getElementById(id);
  perigee.bind(at("one"), "/bound#list", { template: "#list" });
  perigee.bind(at("two"), "/bound#note:anna", { template: "#note" });
  perigee.bind(at("three"), "/bound#secret", { template: "#secret" });
});
