import cytoscape from "cytoscape";

cytoscape({ container: document.getElementById("page") });
